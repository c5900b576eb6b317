"""Models that differ in nothing but their seeds, trained as one batched model: they fill a GPU that one leaves idle.

Every seed shuffles and draws with generators of its own, so each model learns what :func:`wvae.training.fit` would
teach it alone, but for rounding. "Model ensembling",
https://docs.pytorch.org/tutorials/intermediate/ensembling.html.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from wvae.cuda_graph import repeated
from wvae.digits import DigitSet
from wvae.learner import Learner, TrainingData
from wvae.model import WVAE, ModelConfig
from wvae.objective import Batch, LossTerms, Noise, draw_noise, loss_terms
from wvae.posterior import LatentPair
from wvae.processes import Share
from wvae.training_config import TrainingConfig
from wvae.training_stages import AutoencoderStage, stage_epochs


def can_be_batched(model: ModelConfig, training: TrainingConfig) -> bool:
    """Whether an :class:`Ensemble` trains such models: those that have one stage, and no axes of B that are measured or
    compared with writers, such as the article's."""
    one_stage = list(stage_epochs(model, training)) == [AutoencoderStage.name]
    return one_stage and not (model.named_axes or training.weights.writer)


class Ensemble:
    """Models in training, and the ``stages`` in which each would be trained alone: their weights and Adam's moments are
    views into those of all models.

    Args:
        models: of one config, for which :func:`can_be_batched`, on the device that they are to be trained on.
        config: with the seed of any of them.
        seeds: of each model.
    """

    def __init__(self, models: Sequence[WVAE], config: TrainingConfig, seeds: Sequence[int], digits: DigitSet) -> None:
        self.config, self.data = config, TrainingData(models[0], digits)
        self.stages = [
            AutoencoderStage(model, replace(config, seed=seed), self.data)
            for model, seed in zip(models, seeds, strict=True)
        ]
        losses = [_Losses(model) for model in models]
        self.parameters, self.buffers = stack_module_state(list[nn.Module](losses))  # (models, ...) each
        self.one = losses[0]
        stacked = list(self.parameters.values())
        self.learner = Learner(stacked, config.learning_rate, config.schedule, config.seed, self.data.device)
        for number, stage in enumerate(self.stages):
            stage.learner.share_memory(self.learner, number)
        self.step = repeated(self._step, [stage.learner.noise for stage in self.stages])

    def run_epoch(self, epoch: int) -> Tensor:
        """Go over the images once, in an order of its own for each model; ``epoch`` counts from 0.

        Returns:
            The mean of each term of the loss, ``(models, terms)``.
        """
        count, done = len(self.data), 0
        orders = torch.stack([stage.learner.shuffled(count) for stage in self.stages])  # (models, count)
        sums = torch.zeros(len(orders), len(LossTerms._fields), device=orders.device)
        for rows in torch.split(orders, self.config.batch_size, dim=1):
            self.learner.set_rate((epoch + done / count) / self.config.epochs)
            sums += self.step(rows, Share(rows.shape[1])) * rows.shape[1]
            done += rows.shape[1]
        return sums / count

    def _step(self, rows: Tensor, share: Share) -> Tensor:
        """Make the losses of all models smaller, each for its own ``rows``, ``(models, n)``; their terms, ``(models,
        terms)``."""
        noise = [draw_noise(stage.model, share, stage.learner.noise).sample for stage in self.stages]
        a_and_b = LatentPair(*(torch.stack(values) for values in zip(*noise, strict=True)))  # (models, n, ...) each
        images, digits = self.data.floats(rows), self.data.digits[rows]
        weights = self.parameters, self.buffers
        terms = vmap(self._terms_of_one)(weights, images, digits, a_and_b)
        self.learner.step(LossTerms(*terms.unbind(1)).total(self.config.weights).sum())
        return terms.detach()

    def _terms_of_one(
        self, weights: Sequence[dict[str, Tensor]], images: Tensor, digits: Tensor, noise: LatentPair
    ) -> Tensor:
        batch = Batch(images, digits, writers=digits)  # whose writers no term of such a loss reads
        return torch.stack(functional_call(self.one, weights, (batch, Noise(noise, None))))


class _Losses(nn.Module):
    """The terms of the loss as what a module gives, whose weights torch.func can exchange."""

    def __init__(self, model: WVAE) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch, noise: Noise) -> LossTerms:
        return loss_terms(self.model, batch, noise)

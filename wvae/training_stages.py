"""What a model is trained in: what reads the digit, the autoencoder, the style flow, then the writer projection.

Each stage goes over the training images some times, and says between two batches how far it is. Everything random
comes from the seed in the config and from generators kept with the state, so the same seed gives the same weights on
the same processor, and a resumed run those of an unbroken one. On a GPU they differ by rounding.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from wvae.conditional_encoder import ConditionalEncoder
from wvae.cuda_graph import repeated
from wvae.digits import N_DIGITS, DigitSet
from wvae.encoders import Known
from wvae.learner import REPORT_EVERY, Learner, Report, TrainingData, mean_terms
from wvae.model import WVAE, ModelConfig
from wvae.morphometry import within_digit
from wvae.objective import Batch, LossTerms, Noise, draw_noise, loss_terms
from wvae.precision import mixed_precision
from wvae.processes import Share, mean_over_processes, own_share
from wvae.random_affine import CHANGES, random_affine
from wvae.training_config import TrainingConfig
from wvae.triangular_flow import TriangularFlow
from wvae.writer_directions import directions_of_pictures, directions_of_writers, discriminants
from wvae.writer_head import WriterHead


class Stage(Protocol):
    """A stage of the training of a model, which it changes in place."""

    name: str

    def run_epoch(self, epoch: int) -> Iterator[Report]:
        """Go over the images once; ``epoch`` counts from 0. The last report has all images."""

    def state(self) -> dict[str, Tensor]:
        """What beside the model a resumed stage must find again."""

    def load_state(self, tensors: Mapping[str, Tensor]) -> None:
        """Take what :meth:`state` gave.

        Raises:
            KeyError, RuntimeError, TypeError, ValueError: a part is missing or has another shape.
        """


def stage_epochs(model: ModelConfig, training: TrainingConfig) -> dict[str, int]:
    """The stages that a model needs, in their order, and how many epochs each takes."""
    epochs = {ContentStage.name: training.content_epochs} if model.encoder == "conditional" else {}
    epochs[AutoencoderStage.name] = training.epochs
    if model.style_flow == "triangular":
        epochs[StyleFlowStage.name] = training.flow_epochs
    if model.writer_dimensions:
        epochs[WriterProjectionStage.name] = 1
    return epochs


def training_stages(model: WVAE, config: TrainingConfig, digits: DigitSet) -> list[Stage]:
    """The stages of :func:`stage_epochs`; the model is on the device that it is to be trained on."""
    data = TrainingData(model, digits)
    makers: dict[str, Callable[[], Stage]] = {
        ContentStage.name: lambda: ContentStage(model, config, data),
        AutoencoderStage.name: lambda: AutoencoderStage(model, config, data),
        StyleFlowStage.name: lambda: StyleFlowStage(model, config, data),
        WriterProjectionStage.name: lambda: WriterProjectionStage(model, config, digits),
    }
    return [makers[name]() for name in stage_epochs(model.config, config)]


class ContentStage:
    """What reads the digit in a conditional encoder, from jittered images, by cross-entropy.

    Nothing else is learned with it: later stages ask it once what it reads in each image.
    """

    name = "content"

    def __init__(self, model: WVAE, config: TrainingConfig, data: TrainingData) -> None:
        assert isinstance(model.encoder, ConditionalEncoder)
        self.content, self.config, self.data = model.encoder.content, config, data
        self.learner = Learner(
            list(self.content.parameters()), config.learning_rate, config.schedule, config.seed, data.device
        )
        self.read = self.learner.learns(self.content)
        self.state, self.load_state = self.learner.state, self.learner.load_state

    def run_epoch(self, epoch: int) -> Iterator[Report]:
        self.content.train()
        images, digits = self.data.images, self.data.digits
        sums = torch.zeros(1, device=images.device)
        for batch in self.learner.batches(len(images), self.config.batch_size):
            noise = torch.randn(CHANGES, batch.share.rows, generator=self.learner.noise, device=images.device)
            shown = random_affine(self.data.floats(batch.rows), noise[:, batch.share.own])
            with mixed_precision(images.device):
                digit_logits = self.read(shown[:, None])
            nats = functional.cross_entropy(digit_logits.float(), digits[batch.rows], reduction="none")
            loss = batch.share.mean(nats)
            self.learner.set_rate((epoch + batch.done / len(images)) / self.config.content_epochs)
            self.learner.step(loss)
            sums += loss.detach() * batch.share.rows
            if batch.reports:
                yield mean_terms(batch.seen, sums, ["classification"])


class AutoencoderStage:
    """Encoder, decoder and classifier, by the loss of :mod:`wvae.objective`."""

    name = "autoencoder"

    def __init__(self, model: WVAE, config: TrainingConfig, data: TrainingData) -> None:
        self.model, self.config, self.data = model, config, data
        others = ("style_flow.", "encoder.content.")
        parameters = [value for name, value in model.named_parameters() if not name.startswith(others)]
        self.known: Known | None = None
        self.head: WriterHead | None = None
        if config.weights.writer:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(config.seed)
                self.head = WriterHead(model.config.latent_b, data.writers)
            parameters += self.head.to(data.device).parameters()
        self.learner = Learner(parameters, config.learning_rate, config.schedule, config.seed, data.device)
        self.terms = self.learner.learns(self._terms)
        self.step = repeated(self._step, [self.learner.noise])

    def run_epoch(self, epoch: int) -> Iterator[Report]:
        self.model.train()
        self.known = self.known or self._known()
        count = len(self.data)
        sums = torch.zeros(len(LossTerms._fields), device=self.data.device)
        for batch in self.learner.batches(count, self.config.batch_size):
            self.learner.set_rate((epoch + batch.done / count) / self.config.epochs)
            sums += self.step(batch.rows, batch.share) * batch.share.rows
            if batch.reports:
                yield mean_terms(batch.seen, sums, LossTerms._fields)

    def _step(self, rows: Tensor, share: Share) -> Tensor:
        """Make the loss of some images smaller; its terms, ``(terms,)``."""
        known = None if self.known is None else Known(*(values[rows] for values in self.known))
        batch = Batch(self.data.floats(rows), self.data.digits[rows], self.data.writers[rows], known, share)
        terms = self.terms(batch, draw_noise(self.model, share, self.learner.noise))
        self.learner.step(terms.total(self.config.weights))
        return torch.stack(terms).detach()

    def _terms(self, batch: Batch, noise: Noise) -> LossTerms:
        return loss_terms(self.model, batch, noise, self.head)

    def _known(self) -> Known | None:
        """What the encoder finds in all images that does not change while it is trained."""
        found = []
        for images in torch.split(self.data.images, 4096):
            known = self.model.encoder.known(images / 255)
            if known is None:
                return None
            found.append(known)
        return Known(*(torch.cat(values) for values in zip(*found, strict=True)))

    def state(self) -> dict[str, Tensor]:
        head = {} if self.head is None else {f"head.{name}": value for name, value in self.head.state_dict().items()}
        return self.learner.state() | head

    def load_state(self, tensors: Mapping[str, Tensor]) -> None:
        if self.head is not None:
            self.head.load_state_dict({name: tensors[f"head.{name}"] for name in self.head.state_dict()})
        self.learner.load_state(tensors)


class StyleFlowStage:
    """The style flow, to carry the styles of each digit to N(0, I), by maximum likelihood.

    Beside the likelihood, a named axis of B is pulled towards its measure, and any other towards its whitened style,
    so that of all flows that fit, one is found that keeps what an axis means. Where pictures are jittered, the flow
    learns what styles there are from several variants of each, and how common they are from the pictures themselves.
    """

    name = "style flow"

    VARIANTS = 5
    """Jittered variants of each picture. An epoch goes over one of them, or over the pictures themselves."""

    SETTLING = 0.4
    """Fraction of the epochs, at the end, that go over the pictures themselves only."""

    def __init__(self, model: WVAE, config: TrainingConfig, data: TrainingData) -> None:
        assert isinstance(model.style_flow, TriangularFlow)
        self.model, self.flow, self.config, self.data = model, model.style_flow, config, data
        self.learner = Learner(
            list(self.flow.parameters()), config.flow_learning_rate, "cosine", config.seed, data.device
        )
        self.carry = self.learner.learns(self.flow.carry)
        self.state, self.load_state = self.learner.state, self.learner.load_state
        self.variants: list[list[_StylesOfDigit]] = []

    def run_epoch(self, epoch: int) -> Iterator[Report]:
        self.model.eval()
        if not self.variants:
            self.variants = self._variants()
        settling = epoch >= (1 - self.SETTLING) * self.config.flow_epochs
        groups = self.variants[0 if settling else epoch % len(self.variants)]
        named = self.flow.named_axes
        pull = self.config.weights.first_axis / torch.arange(1, named + 1, device=self.data.device)
        most = max(len(group.whitened) for group in groups)
        size = -(-self.config.flow_batch_size // N_DIGITS)  # of each digit
        orders = [self._order(len(group.whitened), most) for group in groups]
        batches = -(-most // size)
        sums = torch.zeros(3, device=self.data.device)
        for number in range(batches):
            share = own_share(min(size, most - number * size))
            rows = [order[number * size : (number + 1) * size][share.own] for order in orders]
            whitened = torch.stack([group.whitened[row] for group, row in zip(groups, rows, strict=True)])
            meant = torch.stack([group.meant[row] for group, row in zip(groups, rows, strict=True)])
            shape = N_DIGITS, share.rows, whitened.shape[2]
            noise = torch.randn(shape, generator=self.learner.noise, device=whitened.device)[:, share.own]
            carried = self.carry(whitened + self.config.flow_noise * noise)  # (10, own rows, latent_b)
            moved = (carried.values - meant) ** 2
            nats = (
                0.5 * carried.values**2 - carried.log_slopes,
                pull * moved[..., :named],
                self.config.weights.other_axes * moved[..., named:],
            )
            terms = torch.stack([share.mean(each.sum(2).mean(0)) for each in nats])
            loss = terms.sum()
            self.learner.set_rate((epoch + number / batches) / self.config.flow_epochs)
            self.learner.step(loss)
            sums += terms.detach()
            if (number + 1) % REPORT_EVERY == 0 or number + 1 == batches:
                names = ("style_flow", "named_axes", "other_axes")
                done = round((number + 1) / batches * len(self.data))
                means = mean_over_processes(sums) / (number + 1)
                yield Report(done, dict(zip(names, means.tolist(), strict=True)))

    def _variants(self) -> list[list["_StylesOfDigit"]]:
        """Fit the whitening to the styles of all images, and give these by digit, and those of jittered images."""
        images, digits = self.data.images, self.data.digits
        generator = torch.Generator(images.device).manual_seed(self.config.seed)
        variants = 1 + (self.VARIANTS if self.config.flow_jitter else 0)
        styles = []
        with torch.no_grad():
            for variant in range(variants):
                batches = []
                for some, which in zip(torch.split(images, 4096), torch.split(digits, 4096), strict=True):
                    shown = some / 255
                    if variant:
                        noise = torch.randn(CHANGES, len(shown), generator=generator, device=images.device)
                        shown = random_affine(shown, noise, self.config.flow_jitter)
                    batches.append(self.model.encoder(shown, which).mean_b)
                styles.append(torch.cat(batches))
            self.flow.fit_whitening(styles[0], digits, self._writer_directions(styles[0]))
        return [self._by_digit(variant, styles[0]) for variant in styles]

    def _by_digit(self, styles: Tensor, originals: Tensor) -> list["_StylesOfDigit"]:
        """The styles of each digit, those of all where one does not occur, on the scale of the original images'."""
        groups, named, digits = [], self.flow.named_axes, self.data.digits
        for digit in range(N_DIGITS):
            rows = digits == digit if (digits == digit).any() else torch.ones_like(digits, dtype=torch.bool)
            whitened = self.flow.whiten(styles[rows], slice(digit, digit + 1))[0]
            middle, spread = originals[rows].mean(0), originals[rows].std(0, correction=0).clamp_min(1e-6)
            z_scores = (styles[rows] - middle) / spread
            groups.append(_StylesOfDigit(whitened, torch.cat([z_scores[:, :named], whitened[:, named:]], dim=1)))
        return groups

    def _writer_directions(self, styles: Tensor) -> Tensor | None:
        """Where writers' labels are trained on: the directions of the axes without a name that tell writers apart, the
        best first, so that in B they are the same for all digits."""
        others = styles[:, self.flow.named_axes :].cpu().numpy()
        if not self.config.weights.writer or not others.shape[1]:
            return None
        digits, writers = self.data.digits.cpu().numpy(), self.data.writers.cpu().numpy()
        centred = np.stack([within_digit(column, digits) for column in others.T], axis=1)
        return torch.from_numpy(discriminants(centred, writers).axes.copy()).to(styles.device)

    def _order(self, count: int, most: int) -> Tensor:
        """The rows of a digit in random order, over and over, until there are as many as of the commonest digit."""
        rounds = [torch.randperm(count, generator=self.learner.order) for _ in range(-(-most // count))]
        return torch.cat(rounds)[:most].to(self.data.device)


class _StylesOfDigit(NamedTuple):
    """Styles of one digit, ``(n, latent_b)``: as the flow takes them, and what B is to stay close to."""

    whitened: Tensor
    meant: Tensor


class WriterProjectionStage:
    """The writer projection, in one step; by the writers' labels only where these were trained on."""

    name = "writer projection"

    def __init__(self, model: WVAE, config: TrainingConfig, digits: DigitSet) -> None:
        self.model, self.digits = model, digits
        self.directions = directions_of_writers if config.weights.writer else directions_of_pictures

    def run_epoch(self, epoch: int) -> Iterator[Report]:
        found = self.directions(self.model.eval(), self.digits)
        matrix = self.model.writer_projection.matrix
        assert matrix is not None
        matrix[:, : found.maps.shape[1]] = torch.from_numpy(found.maps)
        yield Report(len(self.digits), {"explained": found.explained})

    def state(self) -> dict[str, Tensor]:
        return {}

    def load_state(self, tensors: Mapping[str, Tensor]) -> None:
        """Nothing: it is done in one step, or not at all."""

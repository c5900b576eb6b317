"""A step of training as a CUDA graph, against the same step operation by operation; on a GPU only."""

from dataclasses import replace

import pytest
import torch

from wvae import training_stages
from wvae.cuda_graph import WARM_UP, CudaGraph, repeated
from wvae.digits import DigitSet
from wvae.model import build_model
from wvae.presets import PRESETS
from wvae.processes import Share
from wvae.training import fit


def test_a_processor_repeats_a_step_as_it_is() -> None:
    def step(rows: torch.Tensor, share: Share) -> torch.Tensor:
        return rows

    assert repeated(step, [torch.Generator()]) is step


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("name", PRESETS)
def test_a_gpu_learns_the_same_from_a_recorded_step(
    name: str, synthetic: DigitSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = PRESETS[name]
    batches = WARM_UP + 3  # some of them replayed, the last one smaller
    digits = synthetic[: 100 * batches - 40]
    few = {"content_epochs": min(preset.training.content_epochs, 1), "flow_epochs": min(preset.training.flow_epochs, 1)}
    training = replace(preset.training, epochs=2, batch_size=100, **few)
    recordings, record = [], CudaGraph._record
    monkeypatch.setattr(CudaGraph, "_record", lambda *arguments: recordings.append(None) or record(*arguments))
    recorded = fit(build_model(preset.model), training, digits, device="cuda").cpu()
    assert len(recordings) == 1
    monkeypatch.setattr(training_stages, "repeated", lambda step, generators: step)
    plain = fit(build_model(preset.model), training, digits, device="cuda").cpu()
    for parameter, value in plain.state_dict().items():
        torch.testing.assert_close(recorded.state_dict()[parameter], value, rtol=1e-3, atol=1e-3, msg=parameter)

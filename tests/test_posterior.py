import math

import pytest
import torch

from wvae.posterior import Posterior


def test_samples_follow_the_posterior_and_the_generator() -> None:
    posterior = Posterior(*(torch.full((100_000, 1), value) for value in (3.0, math.log(0.25), -1.0, 0.0)))
    drawn = posterior.sample(torch.Generator().manual_seed(1))
    assert drawn.a.mean().item() == pytest.approx(3, abs=0.01)
    assert drawn.a.std().item() == pytest.approx(0.5, abs=0.01)
    assert drawn.b.mean().item() == pytest.approx(-1, abs=0.02)
    assert drawn.b.std().item() == pytest.approx(1, abs=0.02)
    assert torch.equal(drawn.a, posterior.sample(torch.Generator().manual_seed(1)).a)

import math

import pytest
import torch

from wvae.posterior import LatentPair, Posterior
from wvae.priors import StandardNormal


def test_kl_is_zero_at_the_prior_and_known_elsewhere() -> None:
    prior = StandardNormal(4, 2)
    mean_b, variance_b = torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 0.5]])
    posterior = Posterior(torch.zeros(1, 4), torch.zeros(1, 4), mean_b, variance_b.log())
    sample = LatentPair(posterior.mean_a, posterior.mean_b)
    kl = prior.kl(posterior, sample, torch.zeros(1, dtype=torch.long))
    assert kl.a.tolist() == [0]
    assert kl.b.item() == pytest.approx(0.5 * (4 + 0.5 - math.log(0.5) - 1))


def test_the_mean_of_the_prior_is_the_origin() -> None:
    assert [latent.tolist() for latent in StandardNormal(2, 3).mean()] == [[0, 0], [0, 0, 0]]

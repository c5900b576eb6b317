import math

import pytest
import torch

from wvae.classifiers import BayesClassifier
from wvae.posterior import LatentPair, Posterior
from wvae.priors import LINE, SPACING, ClassConditionalNormal, StandardNormal, class_centres, class_deviation


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


@pytest.mark.parametrize("latent_a", [1, 2, 5, 9, 10, 16])
def test_centres_are_told_apart_by_bayes_rule(latent_a: int) -> None:
    centres, deviation = class_centres(latent_a), class_deviation(latent_a)
    assert centres.mean(0).abs().max() < 1e-5
    generator = torch.Generator().manual_seed(0)
    digits = torch.arange(10).repeat(2000)
    a = centres[digits] + deviation * torch.randn(20_000, latent_a, generator=generator)
    assert (
        BayesClassifier(latent_a)(a).argmax(1) == digits
    ).float().mean() > 0.985  # nine neighbours, each half way at three deviations


def test_one_dimension_holds_the_digits_in_a_line() -> None:
    centres = class_centres(1)[list(LINE), 0]
    assert centres.diff().tolist() == pytest.approx([SPACING] * 9)
    assert centres.abs().max() < 4


def test_a_simplex_is_as_far_from_each_to_each() -> None:
    distances = torch.pdist(class_centres(9))
    assert distances.min().item() == pytest.approx(distances.max().item(), rel=1e-5)


def test_kl_from_the_digits_own_centre() -> None:
    prior = ClassConditionalNormal(1, 2)
    digits = torch.tensor([3, 8])
    at_centre = Posterior(
        class_centres(1)[digits],
        torch.full((2, 1), 2 * math.log(prior.deviation)),
        torch.zeros(2, 2),
        torch.zeros(2, 2),
    )
    assert prior.kl(at_centre, LatentPair(at_centre.mean_a, at_centre.mean_b), digits).a.abs().max() < 1e-5
    other = prior.kl(at_centre, LatentPair(at_centre.mean_a, at_centre.mean_b), digits.flip(0))
    assert other.a[0].item() == pytest.approx(
        0.5 * (SPACING / prior.deviation) ** 2, rel=1e-4
    )  # 3 and 8 are neighbours

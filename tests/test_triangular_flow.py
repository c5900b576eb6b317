import pytest
import torch

from wvae.errors import ConfigError
from wvae.posterior import Posterior
from wvae.triangular_flow import TriangularFlow

AXES, NAMED = 5, 3


@pytest.fixture
def flow() -> TriangularFlow:
    """As if trained: every step does something else for each digit."""
    torch.manual_seed(0)
    flow = TriangularFlow(AXES, 8, NAMED)
    styles, digits = torch.randn(500, AXES) @ torch.randn(AXES, AXES), torch.arange(500) % 10
    flow.fit_whitening(styles + digits[:, None], digits)
    for step in flow.steps:
        torch.nn.init.normal_(step.knots, std=0.5)
        torch.nn.init.normal_(step.knots_bias, std=0.5)
    return flow.requires_grad_(False)


def posterior_of(styles: torch.Tensor, variance: float = 0.01) -> Posterior:
    return Posterior(styles, styles, styles, torch.full_like(styles, variance).log())


def test_as_made_it_is_the_identity() -> None:
    styles, digits = torch.randn(40, AXES), torch.arange(40) % 10
    flow = TriangularFlow(AXES, 8, NAMED)
    b = flow(posterior_of(styles), digits)
    assert torch.allclose(b.mean_b, styles, atol=1e-5)
    assert torch.allclose(b.log_variance_b, torch.full_like(styles, 0.01).log(), atol=1e-5)
    assert torch.allclose(flow.inverse(styles, digits), styles, atol=1e-5)


def test_the_inverse_gives_the_style_back_far_out_too(flow: TriangularFlow) -> None:
    torch.manual_seed(1)
    for reach in (1, 4, 30):
        b, digits = reach * torch.randn(100, AXES), torch.arange(100) % 10
        styles = flow.inverse(b, digits)
        assert styles.isfinite().all()
        assert torch.allclose(flow(posterior_of(styles), digits).mean_b, b, atol=2e-3 * reach)


def test_each_digit_has_a_map_of_its_own(flow: TriangularFlow) -> None:
    styles = torch.randn(1, AXES).repeat(10, 1)
    b = flow(posterior_of(styles), torch.arange(10)).mean_b
    assert torch.pdist(b).min() > 0.01
    again = flow(posterior_of(styles[:1]), torch.tensor([7])).mean_b  # whoever else is in the batch
    assert torch.allclose(again[0], b[7], atol=1e-5)


@pytest.mark.parametrize("place", [0, 1])
def test_an_axis_depends_on_those_before_it_and_grows_with_itself(flow: TriangularFlow, place: int) -> None:
    step = flow.steps[place]
    assert list(step.order) == [[2, 1, 0], [0, 1, 2, 3, 4]][place]
    values = torch.randn(AXES)

    def carried(values: torch.Tensor) -> torch.Tensor:
        return step(values[None, None], slice(4, 5)).values[0, 0]

    jacobian = torch.autograd.functional.jacobian(carried, values)
    for row, axis in enumerate(step.order):
        assert jacobian[axis, axis] > 0
        assert (jacobian[axis, list(step.order[:row])] != 0).all()
        others = set(range(AXES)) - set(step.order[: row + 1])
        assert (jacobian[axis, list(others)] == 0).all()
    slopes = step(values[None, None], slice(4, 5)).log_slopes[0, 0]
    assert torch.allclose(slopes.exp(), jacobian.diagonal(), atol=1e-4)


def test_the_variance_is_that_of_a_small_noise_along_each_axis(flow: TriangularFlow) -> None:
    styles, digits = torch.zeros(1, AXES) + 3, torch.tensor([3])
    said = flow(posterior_of(styles, 1e-6), digits).log_variance_b.exp().sqrt()[0]
    generator = torch.Generator().manual_seed(0)
    noisy = styles + 1e-3 * torch.randn(20_000, AXES, generator=generator)
    seen = flow(posterior_of(noisy), digits.repeat(20_000)).mean_b.std(0)
    assert seen[0] == pytest.approx(float(said[0]), rel=0.5)  # other axes also move with those before them
    assert (seen > 0.3 * said).all()


def test_whitening_holds_with_few_images_or_none() -> None:
    torch.manual_seed(0)
    digits = torch.tensor([0] * 200 + [1] * 2 + [2])
    styles = torch.randn(203, AXES) * 3 + 1
    flow = TriangularFlow(AXES, 4, NAMED)
    flow.fit_whitening(styles, digits)
    white = flow.whiten(styles[:200], slice(0, 1))[0]
    assert torch.allclose(white.mean(0), torch.zeros(AXES), atol=1e-4)
    assert (white.var(0) - 1).abs().max() < 0.2
    assert flow.whitening.isfinite().all()
    assert torch.allclose(flow.whitening @ flow.colouring, torch.eye(AXES).expand(10, -1, -1), atol=1e-4)
    for digit in (1, 2, 9):
        assert flow.inverse(torch.randn(3, AXES), torch.full((3,), digit)).isfinite().all()


def test_without_a_digit_it_says_so(flow: TriangularFlow) -> None:
    with pytest.raises(ConfigError, match="needs the digit"):
        flow.inverse(torch.zeros(1, AXES), None)

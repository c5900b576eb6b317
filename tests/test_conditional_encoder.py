import pytest
import torch

from wvae.classifiers import BayesClassifier
from wvae.conditional_encoder import ConditionalEncoder
from wvae.style_measures import AXES, style_measures


@pytest.mark.parametrize("latent_a", [1, 2, 5, 9, 10, 16])
def test_bayes_rule_reads_from_a_what_the_network_reads(latent_a: int) -> None:
    torch.manual_seed(0)
    encoder = ConditionalEncoder(latent_a, 3, 16, 2)
    logits = torch.randn(2000, 10) * torch.linspace(0.1, 20, 2000)[:, None]
    read = BayesClassifier(latent_a)(encoder._placed(logits)).argmax(1)
    assert torch.equal(read, logits.argmax(1))


def test_a_lies_towards_what_an_image_looks_like() -> None:
    encoder = ConditionalEncoder(1, 1, 16, 1)
    logits = torch.full((3, 10), -30.0)
    logits[:, 4] = 9  # between 6 and 9 on the line
    logits[0, 9] = logits[2, 6] = 6
    a = encoder._placed(logits)[:, 0]
    assert a[2] < a[1] < a[0]


def test_the_first_axes_are_measures_whatever_the_digit() -> None:
    torch.manual_seed(0)
    encoder, images = ConditionalEncoder(2, 6, 16, 4), torch.rand(20, 28, 28)
    styles = encoder(images, torch.full((20,), 3)).mean_b
    measures = style_measures(images)
    for column, axis in enumerate(AXES):
        expected = ((measures[:, column] - axis.middle) / axis.spread).clamp(-5, 5)
        assert torch.allclose(styles[:, column], expected, atol=1e-5)
    other = encoder(images, torch.full((20,), 5)).mean_b
    assert torch.equal(styles[:, :4], other[:, :4])
    assert not torch.allclose(styles[:, 4:], other[:, 4:])


def test_blank_white_and_random_pictures_have_finite_codes() -> None:
    encoder = ConditionalEncoder(10, 6, 16, 4)
    images = torch.stack([torch.zeros(28, 28), torch.ones(28, 28), torch.rand(28, 28)])
    assert all(values.isfinite().all() for values in (*encoder(images), *encoder.known(images)))


def test_what_is_known_of_images_need_not_be_found_again() -> None:
    encoder, images = ConditionalEncoder(10, 6, 16, 4), torch.rand(8, 28, 28)
    known = encoder.known(images)
    assert all(
        torch.equal(one, other) for one, other in zip(encoder(images), encoder(images, known=known), strict=True)
    )
    assert not any(values.requires_grad for values in known)


def test_reading_leaves_no_gradient_in_the_reader() -> None:
    encoder, images = ConditionalEncoder(2, 3, 16, 2), torch.rand(4, 28, 28, requires_grad=True)
    encoder.read(images).sum().backward()
    assert images.grad is not None
    assert images.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in encoder.parameters())

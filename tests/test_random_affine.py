import pytest
import torch

from wvae.random_affine import CHANGES, random_affine


def test_warped_images_keep_their_ink_and_each_is_changed_in_its_own_way() -> None:
    images = torch.zeros(50, 28, 28)
    images[:, 8:20, 12:16] = 1
    warped = random_affine(images, torch.randn(CHANGES, 50, generator=torch.Generator().manual_seed(3)))
    assert not torch.allclose(warped[0], warped[1])
    assert warped.sum((1, 2)).mean() == pytest.approx(48, rel=0.1)


def test_less_strength_changes_less() -> None:
    images = torch.zeros(50, 28, 28)
    images[:, 8:20, 12:16] = 1
    noise = torch.randn(CHANGES, 50, generator=torch.Generator().manual_seed(0))
    changes = [(random_affine(images, noise, strength) - images).abs().sum() for strength in (0, 0.3, 1)]
    assert changes[0] < 1e-3
    assert changes[0] < changes[1] < 0.8 * changes[2]

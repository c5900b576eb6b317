import numpy as np
import torch

from wvae.digits import DigitSet
from wvae.morphometry import FEATURES
from wvae.style_measures import AXES, style_measures


def test_they_are_those_of_morphometry(synthetic: DigitSet) -> None:
    images = synthetic.images[:200]
    found = style_measures(torch.from_numpy(images) / 255).numpy()
    for column, axis in enumerate(AXES):
        assert np.allclose(found[:, column], FEATURES[axis.name](images), atol=1e-3), axis.name


def test_a_blank_image_has_none_and_a_gradient_is_finite() -> None:
    images = torch.zeros(2, 28, 28, requires_grad=True)
    measures = style_measures(images)
    measures.sum().backward()
    assert measures.tolist() == [[0, 0, 0, 0]] * 2
    assert images.grad is not None
    assert images.grad.isfinite().all()

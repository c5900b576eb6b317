"""Classifiers: from the content code to the digit."""

from torch import nn

from wvae.digits import N_DIGITS


class LinearClassifier(nn.Linear):
    """Digit logits ``(n, 10)`` as a linear map of latent A ``(n, latent_a)``."""

    def __init__(self, latent_a: int) -> None:
        super().__init__(latent_a, N_DIGITS)

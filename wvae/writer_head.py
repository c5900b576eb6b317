"""What tells the development writers apart while a model is trained, and is thrown away afterwards."""

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALE = 16.0
"""What cosines, which reach from -1 to 1, are multiplied by to be logits."""


class WriterHead(nn.Module):
    """Cosine softmax: a writer is a direction in a linear map of the style, whatever the digit.

    So the writers of one style lie together, also those who were not trained on.
    "NormFace: L2 Hypersphere Embedding for Face Verification", https://arxiv.org/abs/1704.06369

    Args:
        latent_b: axes of the style, and of the space in which writers are directions.
        writers: int64 ``(n,)``, the numbers of all that occur.
    """

    def __init__(self, latent_b: int, writers: Tensor) -> None:
        super().__init__()
        names = torch.unique(writers)
        self.names: Tensor
        self.register_buffer("names", names, persistent=False)
        self.embed = nn.Linear(latent_b, latent_b)
        self.directions = nn.Parameter(torch.randn(len(names), latent_b) * latent_b**-0.5)

    def forward(self, styles: Tensor, writers: Tensor) -> Tensor:
        """Cross-entropy in nats ``(n,)`` of styles ``(n, latent_b)`` by ``writers`` ``(n,)``."""
        cosines = functional.normalize(self.embed(styles)) @ functional.normalize(self.directions).T
        return functional.cross_entropy(SCALE * cosines, torch.searchsorted(self.names, writers), reduction="none")

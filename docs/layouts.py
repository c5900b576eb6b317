"""Make the layouts that ship with the checkpoints, on which the latent map opens: ``layouts.npz`` in each folder.

    PYTHONPATH=. python docs/layouts.py [CHECKPOINT ...]

Without arguments, those of every checkpoint in ``checkpoints/`` with a latent of more than two dimensions. Layouts that
still fit model, digits and settings are kept. Digits lie where ``WVAE_DATA`` says. Each layout takes a minute or so.
"""

import sys
import time
from pathlib import Path

from wvae import encode, load_checkpoint, load_digits
from wvae.checkpoint import WEIGHTS, read_config, weights_digest
from wvae.projection import METHODS, SUBSAMPLE, Projection, project, rows_drawn
from wvae.shipped_layouts import layout_key, read_layout, write_layouts
from wvae.sources import identity


def make_layouts(checkpoint: Path) -> None:
    """Lay out latents A and B of the digits that a model was trained on, by t-SNE and UMAP."""
    source = read_config(checkpoint)["data"]["source"]
    digits, weights = load_digits(source), weights_digest(checkpoint)
    latents = encode(load_checkpoint(checkpoint), digits.images)
    data, rows = identity(source, digits), rows_drawn(len(digits), SUBSAMPLE)
    layouts: dict[str, Projection] = {}
    for letter, means in (("A", latents.mean_a), ("B", latents.mean_b)):
        if means.shape[1] <= 2:
            continue
        for method in METHODS[1:]:
            key = layout_key(weights, data, letter, method, rows)
            began, kept = time.monotonic(), read_layout(checkpoint, key, rows)
            layouts[key] = kept or project(means, method, SUBSAMPLE)
            how = "kept" if kept else f"made in {time.monotonic() - began:.0f} s"
            print(f"{checkpoint.name}, latent {letter}, {method}: {how}", flush=True)
    if layouts:
        write_layouts(checkpoint, layouts)


if __name__ == "__main__":
    asked = [Path(name) for name in sys.argv[1:]]
    for folder in asked or [path.parent for path in sorted(Path("checkpoints").glob(f"*/{WEIGHTS}"))]:
        make_layouts(folder)

"""Draw ``drag.gif`` beside this file: a large digit and all ten, whose style goes from one writer's to the next one's.

    PYTHONPATH=. python docs/drag.py CHECKPOINT

Digits are those that the checkpoint was measured on, by writers it has never seen; data lie where ``WVAE_DATA`` says.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from wvae import decode, encode, load_checkpoint, load_digits, writer_split
from wvae.checkpoint import read_config
from wvae.protocol import default_split
from wvae.raster import tile

AXES = 3
"""Named axes of latent B, each of whose two extreme writers is on the way, which ends where it began."""

STEPS = 12
"""Pictures from one writer's style to the next."""

LARGE = 5
"""The digit that is drawn large."""

WIDTH = 84
"""Pixels across each of the ten."""

MILLISECONDS = 60
"""Each picture is shown."""


def pictures(checkpoint: Path) -> np.ndarray:
    """The ten digits in each style of the way: ``(styles, 10, 28, 28)`` in 0..1."""
    config, model = read_config(checkpoint), load_checkpoint(checkpoint)
    digits = load_digits(config["data"]["source"])
    digits = digits[writer_split(digits, *default_split(config)).held_out]
    latents = encode(model, digits.images)
    content = np.stack([latents.mean_a[digits.digits == digit].mean(0) for digit in range(10)])
    styles = np.stack([latents.mean_b[digits.writers == writer].mean(0) for writer in np.unique(digits.writers)])
    stops = styles[[*styles[:, :AXES].argmax(0), *styles[:, :AXES].argmin(0)]]
    towards = 0.5 - 0.5 * np.cos(np.pi * np.arange(STEPS) / STEPS)[:, None]
    way = np.concatenate([a + towards * (b - a) for a, b in zip(stops, np.roll(stops, -1, axis=0), strict=True)])
    drawn = decode(model, np.tile(content, (len(way), 1)), np.repeat(way, 10, axis=0).astype(np.float32))
    return drawn.reshape(len(way), 10, 28, 28)


def frame(ten: np.ndarray) -> Image.Image:
    """The large digit, and the ten in two rows beside it."""
    picture = Image.new("L", (7 * WIDTH, 2 * WIDTH))
    large = Image.fromarray((255 * ten[LARGE]).astype(np.uint8))
    picture.paste(large.resize((2 * WIDTH, 2 * WIDTH), Image.Resampling.BICUBIC), (0, 0))
    all_ten = Image.fromarray((255 * tile(ten.reshape(2, 5, 28, 28))).astype(np.uint8))
    picture.paste(all_ten.resize((5 * WIDTH, 2 * WIDTH), Image.Resampling.BICUBIC), (2 * WIDTH, 0))
    return picture.quantize(32)


if __name__ == "__main__":
    frames = [frame(ten) for ten in pictures(Path(sys.argv[1]))]
    file = Path(__file__).with_name("drag.gif")
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=MILLISECONDS, loop=0)

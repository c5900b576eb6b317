"""The article's figures, of any model and digits, as files.

They are plotly's: an HTML file one can zoom and point at, or a PNG, for which plotly's kaleido drives a
Chrome or Chromium that is installed.
"""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from wvae.digits import DigitSet
from wvae.errors import ConfigError, WvaeError
from wvae.files import atomic_write
from wvae.latents import Latents, decode_plane
from wvae.model import WVAE
from wvae.plots import Beside, Plane, beside_figure, groups_by_digit, groups_by_writer, latent_range, plane_figure
from wvae.projection import project

COLUMNS, ROWS = 36, 16
"""Pictures in the decoded plane."""

PIXELS = (1000, 1100)
"""Width and height of a PNG, which is drawn twice as fine."""


def plane(model: WVAE, latents: Latents, digits: DigitSet, dimension_a: int = 0, dimension_b: int = 0) -> go.Figure:
    """The article's first figure: a dimension of A across and one of B up, above the decoded plane on the same axes."""
    a, b = latents.mean_a[:, dimension_a], latents.mean_b[:, dimension_b]
    grid_a = np.linspace(*latent_range(a), COLUMNS, dtype=np.float32)
    grid_b = np.linspace(*latent_range(b), ROWS, dtype=np.float32)
    decoded = decode_plane(model, grid_a, grid_b, dimension_a, dimension_b)
    titles = f"latent A{dimension_a + 1}", f"latent B{dimension_b + 1}"
    return plane_figure(Plane(a, b, groups_by_digit(digits.digits), decoded.a, decoded.b, decoded.images, *titles))


def projections(latents: Latents, digits: DigitSet) -> go.Figure:
    """The article's other figure: A and B, each laid out by t-SNE, by digit and, for ten of them, by writer."""
    a, b = (project(latent, "t-SNE").positions for latent in (latents.mean_a, latents.mean_b))
    return beside_figure(Beside(a, b, groups_by_digit(digits.digits), groups_by_writer(digits.writers)))


def write_figure(figure: go.Figure, file: Path) -> None:
    """Write a figure as ``.html``, with all it needs in the one file, or as ``.png``.

    Raises:
        ConfigError: the file is to be of another kind.
        WvaeError: no browser can draw the PNG, or the file cannot be written.
    """
    if file.suffix == ".html":
        content = figure.to_html(include_plotlyjs=True).encode()
    elif file.suffix == ".png":
        width, height = PIXELS
        try:
            content = figure.to_image("png", width=width, height=height, scale=2)
        except (RuntimeError, ValueError) as error:
            raise WvaeError(f"A PNG is drawn by Chrome or Chromium, which failed ({error}): write .html.") from error
    else:
        raise ConfigError(f"A figure is written as .html or .png, not as {file.name!r}.")
    with atomic_write(file) as temporary:
        temporary.write_bytes(content)

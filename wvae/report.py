"""One HTML file that says how good models are, with pictures, settings and protocol; it opens without a server."""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wvae.raster import Floats, picture_uri
from wvae.scorecard import FigureOfMerit

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
img { width: 100%; image-rendering: pixelated; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; }
pre { overflow-x: auto; }
"""

SOURCES = (
    "The digits of qmnist: C. Yadav and L. Bottou, Cold Case: The Lost MNIST Digits, 2019, "
    "https://arxiv.org/abs/1905.10498",
    "The variational autoencoder: D. P. Kingma and M. Welling, Auto-Encoding Variational Bayes, 2013, "
    "https://arxiv.org/abs/1312.6114",
)


class ReportedPicture(NamedTuple):
    """A grey picture ``(height, width)`` in 0..1, and what it shows."""

    picture: Floats
    caption: str


class ReportedModel(NamedTuple):
    """A model by its ``name``: its figures of merit, and the config of its checkpoint."""

    name: str
    figures: Sequence[FigureOfMerit]
    config: Mapping[str, Any]


def report(models: Sequence[ReportedModel], digits: str, pictures: Sequence[ReportedPicture], version: str) -> bytes:
    """The file, in UTF-8.

    Args:
        models: one, or those that are compared.
        digits: which digits are in view, in words.
        version: of wvae.
    """
    names = " and ".join(model.name for model in models)
    shown = "".join(
        f'<figure><img src="{picture_uri(one.picture)}" alt=""><figcaption>{_text(one.caption)}</figcaption></figure>'
        for one in pictures
    )
    body = (
        f"<h1>{_text(names)}</h1><p>{_text(digits)}</p>{shown}"
        f"<h2>Figures of merit</h2><p>Measured on held-out digits of the source that each model was trained on.</p>"
        f"{''.join(_figures(model) for model in models)}"
        f"<h2>Settings</h2>{''.join(_settings(model) for model in models)}"
        f"<h2>How to cite</h2><p>wvae {_text(version)}: disentangled content and style of handwritten digits. "
        f"{' '.join(_cited(model) for model in models)}</p>{''.join(f'<p>{_text(one)}</p>' for one in SOURCES)}"
    )
    head = f'<meta charset="utf-8"><title>{_text(names)} - wvae</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'.encode()


def _figures(model: ReportedModel) -> str:
    rows = "".join(
        f"<tr><th>{_text(one.name)}</th><td>{_text(one.value)}</td><td>{_text(one.verdict)}</td>"
        f"<td>{_text(one.remark)} {_text(one.meaning)}</td></tr>"
        for one in model.figures
    )
    table = f"<table>{rows}</table>" if rows else "<p>It came without figures.</p>"
    return f"<h3>{_text(model.name)}</h3>{table}"


def _settings(model: ReportedModel) -> str:
    settings = {key: value for key, value in model.config.items() if key != "figures"}
    return f"<h3>{_text(model.name)}</h3><pre>{_text(json.dumps(settings, indent=2))}</pre>"


def _cited(model: ReportedModel) -> str:
    data, training = model.config.get("data") or {}, model.config.get("training") or {}
    seed = f", seed {training['seed']}" if "seed" in training else ""
    return _text(f"Checkpoint {model.name}, trained on {data.get('source', 'digits that it does not name')}{seed}.")


def _text(text: str) -> str:
    return html.escape(str(text))

"""The latent map: points, the decoded plane below them, selection and legend, drawn in the browser.

Latents, labels and pictures travel to the browser once, apart from the map's settings (``packet.js``);
a change of axes or colours sends a byte a digit, and moving, hovering and decoding send nothing.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.ui.choice import Choice
from wvae.ui.colours import Colours
from wvae.ui.live_decoder import DECODER_JS, decoder_weights

Floats = NDArray[np.float32]

HERE = Path(__file__).parent
PARTS = ("pictures", "view", "points", "splats", "plane", "selection", "legend", "card", "pane", "save", "latent_map")


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


_PACKET = st.components.v2.component("latent_map_packet", js=_text("packet.js"))
_MAP = st.components.v2.component(
    "latent_map",
    html=_text("latent_map.html"),
    css=_text("latent_map.css"),
    js="\n".join([DECODER_JS, *(_text(f"{part}.js") for part in PARTS)]),
)


class Axis(NamedTuple):
    """What an axis shows: a column of A and B side by side, or values ``(n,)``, NaN for digits that have none.

    Without a title the axis means nothing, and has no numbers.
    """

    title: str | None
    column: int | None = None
    values: Floats | None = None

    def settings(self) -> dict[str, Any]:
        shown = {"column": self.column} if self.values is None else {"values": _base64(self.values.astype("<f4"))}
        return {"title": self.title, **shown}


class Pane(NamedTuple):
    """Two axes; panes of equal keys look alike, so that zoom is kept from one to the next."""

    key: str
    x: Axis
    y: Axis


class Asked(NamedTuple):
    """A query, and the ``rows`` it holds for, bool ``(n,)``."""

    query: str
    rows: NDArray[np.bool_]


def data_key(choice: Choice) -> str:
    """A name for the digits in view and what the model sees in them: equal names, equal data."""
    sha = hashlib.sha256(str(choice.checkpoint).encode())
    for array in (choice.latents.mean_a, choice.latents.mean_b, choice.digits.writers, choice.digits.digits):
        sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()[:16]


def send_data(choice: Choice, key: str) -> None:
    """Put the latents, then the pictures, of the digits in view into the browser.

    To be called outside fragments. Streamlit sends a message that the browser has already as its
    hash alone, so later runs cost next to nothing.
    """
    _PACKET(data=_latents(key, choice), key="latent_map_latents")
    _PACKET(data=_pictures(key, choice), key="latent_map_pictures")


def latent_map(
    key: str,
    *,
    panes: Sequence[Pane],
    decoded: bool,
    colours: Colours,
    asked: Asked | None,
    marked: int | None,
    on_select: Callable[[], None],
) -> NDArray[np.int64]:
    """Draw the map.

    Args:
        key: of the data, as :func:`send_data` has sent them.
        panes: one, or two side by side.
        decoded: whether the decoded plane lies below the one pane, whose axes must be columns.
        asked: its rows become the selection when the query changes.
        marked: a row to ring and bring into view.
        on_select: called before the script runs when another selection was made.

    Returns:
        The rows that are selected, ascending.
    """
    count = len(colours.codes)
    settings = {
        "key": key,
        "panes": [{"key": pane.key, "x": pane.x.settings(), "y": pane.y.settings()} for pane in panes],
        "decoded": decoded,
        "colour": {"index": _base64(colours.codes), **colours.legend},
        "asked": asked and {"id": f"{key} {asked.query}", "bits": _base64(np.packbits(asked.rows))},
        "marked": -1 if marked is None else marked,
    }
    selection = _MAP(data=settings, key="latent_map", on_selection_change=on_select).selection
    if not selection or selection["key"] != key:  # what was selected among other digits
        return np.empty(0, np.int64)
    bits = np.frombuffer(base64.b64decode(selection["bits"]), np.uint8)
    return np.flatnonzero(np.unpackbits(bits, count=count))


def _base64(values: NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()


def _packet(header: dict[str, Any], body: bytes) -> bytes:
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + body


@st.cache_resource(show_spinner=False, max_entries=3)
def _latents(key: str, _choice: Choice) -> bytes:
    """Columns of A and B, writers, the decoder's weights and digits: 85 bytes a digit at 10 + 10 dimensions."""
    latents, digits = _choice.latents, _choice.digits
    decoder = decoder_weights(_choice.model)
    header = {"kind": "latents", "key": key, "count": len(digits), "weights": len(decoder.weights), **decoder.sizes}
    columns = np.ascontiguousarray(np.hstack([latents.mean_a, latents.mean_b]).T, "<f4")
    writers, labels = digits.writers.astype("<i4"), digits.digits.astype(np.uint8)
    return _packet(header, b"".join([columns.tobytes(), writers.tobytes(), decoder.weights, labels.tobytes()]))


@st.cache_resource(show_spinner=False, max_entries=3)
def _pictures(key: str, _choice: Choice) -> bytes:
    """All pictures in 16 greys, deflated: 6.4 MB for 60,000 digits in place of 47 MB, in a third of a second.

    So a picture is there at once when one points at its dot, and any number can be drawn in place of dots.
    """
    greys = _choice.digits.images.reshape(len(_choice.digits), -1) >> 4
    return _packet({"kind": "pictures", "key": key}, zlib.compress((greys[:, ::2] << 4 | greys[:, 1::2]).tobytes(), 1))

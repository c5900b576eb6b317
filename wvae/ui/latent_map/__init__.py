"""The latent map: points, the decoded plane below them, selection and legend, drawn in the browser.

Latents, labels, pictures and projections travel to the browser once, as packets (:mod:`wvae.ui.packets`). So are the
colours, two bytes a digit, and the map's settings: a change of colours sends these two, a change of axes the settings
alone, and moving, hovering and decoding send nothing.
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

from wvae.palette import DARK, GREY_OPACITY, LIGHT, OPACITY, OPACITY_AMONG_GREY
from wvae.ui.choice import Choice
from wvae.ui.colours import Colours
from wvae.ui.component import component
from wvae.ui.live_model import decoder_packet
from wvae.ui.packets import Packet, digest, packet, send_packet

Floats = NDArray[np.float32]

_MAP = component(Path(__file__).parent)

MARKS = {
    "light": LIGHT._asdict(),
    "dark": DARK._asdict(),
    "opacity": {"alone": OPACITY, "amongGrey": OPACITY_AMONG_GREY, "grey": GREY_OPACITY},
}
"""What dots are drawn with in either theme."""

_PROJECTIONS = "latent_map_projections"
"""Where the session keeps the projections that it has sent of the data in view."""


class Axis(NamedTuple):
    """What an axis shows: a column of A and B side by side, or values ``(n,)``, NaN for digits that have none.

    Without a title the axis means nothing, and has no numbers.
    """

    title: str | None
    column: int | None = None
    values: Floats | None = None


class Pane(NamedTuple):
    """Two axes; panes of equal keys show the same, so that zoom is kept and their values travel once."""

    key: str
    x: Axis
    y: Axis


class MappedModel(NamedTuple):
    """A model's part of the map: its name, the key of its data as :func:`send_data` has sent them, and its panes.

    The panes are one, or two side by side.
    """

    name: str
    key: str
    panes: Sequence[Pane]


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


def send_data(models: Sequence[Choice], keys: Sequence[str]) -> None:
    """Put the decoders and latents of the models, then the pictures of the digits in view, into the browser.

    To be called outside fragments.
    """
    for place, (choice, key) in enumerate(zip(models, keys, strict=True)):
        send_packet(decoder_packet(choice.model, place))
        send_packet(_latents(key, place, choice))
    send_packet(_pictures(keys[0], models[0]))


def latent_map(
    models: Sequence[MappedModel],
    *,
    decoded: bool,
    colours: Colours,
    asked: Asked | None,
    marked: int | None,
    on_select: Callable[[NDArray[np.int64]], None],
) -> None:
    """Draw the map.

    Args:
        models: one, or two of the same digits; a selection belongs to the data of the first.
        decoded: whether a decoded plane lies below the one pane of each, whose axes must be columns.
        asked: its rows are the selection; None for none.
        marked: a row to ring and bring into view.
        on_select: called, before the script runs, with the rows that were chosen on the map, ascending; that they
            become the selection is up to the caller.
    """
    key = models[0].key
    codes = colours.codes.astype("<u2").tobytes()
    query = packet("query", f"{key} {asked.query}", {}, np.packbits(asked.rows).tobytes()) if asked else None
    settings = {
        "models": [
            {"name": model.name, "data": model.key, "panes": [_settings(pane) for pane in model.panes]}
            for model in models
        ],
        "decoded": decoded,
        "colour": {"key": digest(codes), **colours.legend},
        "marks": MARKS,
        "query": query and query.key,
        "marked": -1 if marked is None else marked,
    }

    def select() -> None:
        chosen = st.session_state["latent_map"].chosen
        if chosen["key"] == key:
            bits = np.frombuffer(base64.b64decode(chosen["bits"]), np.uint8)
            on_select(np.flatnonzero(np.unpackbits(bits, count=len(colours.codes))))

    with st.container(gap=None):
        _MAP(key="latent_map", on_chosen_change=select)
        send_packet(packet("colours", digest(codes), {}, codes))
        if query:
            send_packet(query)
        send_packet(packet("map", digest(json.dumps(settings).encode()), settings))
        for projection in _projections(models):
            send_packet(projection)


def _settings(pane: Pane) -> dict[str, Any]:
    def settings(side: str, axis: Axis) -> dict[str, Any]:
        values = {"column": axis.column} if axis.values is None else {"packet": f"{pane.key} {side}"}
        return {"title": axis.title, **values}

    return {"key": pane.key, "x": settings("x", pane.x), "y": settings("y", pane.y)}


def _projections(models: Sequence[MappedModel]) -> list[Packet]:
    """The values of the panes' axes, and those of panes that this session has seen before.

    An element that stays is not sent again, so going back to another projection costs nothing.
    """
    keys = [model.key for model in models]
    sent: dict[str, Packet]
    of, sent = st.session_state.get(_PROJECTIONS, (keys, {}))
    if of != keys:
        sent = {}
    for pane in (pane for model in models for pane in model.panes):
        for side, axis in (("x", pane.x), ("y", pane.y)):
            name = f"{pane.key} {side}"
            if axis.values is not None and name not in sent:
                sent[name] = packet(name, name, {}, axis.values.astype("<f4").tobytes())
    st.session_state[_PROJECTIONS] = keys, sent
    return list(sent.values())


@st.cache_resource(show_spinner=False, max_entries=6)
def _latents(key: str, place: int, _choice: Choice) -> Packet:
    """Columns of A and B, writers and digits: 85 bytes a digit at 10 + 10 dimensions."""
    latents, digits = _choice.latents, _choice.digits
    header = {
        "count": len(digits),
        "latentA": latents.mean_a.shape[1],
        "latentB": latents.mean_b.shape[1],
        "decoder": decoder_packet(_choice.model).key,
    }
    columns = np.ascontiguousarray(np.hstack([latents.mean_a, latents.mean_b]).T, "<f4")
    writers, labels = digits.writers.astype("<i4"), digits.digits.astype(np.uint8)
    return packet(f"latents {place}", key, header, columns.tobytes() + writers.tobytes() + labels.tobytes())


@st.cache_resource(show_spinner=False, max_entries=3)
def _pictures(key: str, _choice: Choice) -> Packet:
    """All pictures in 16 greys, deflated: 6.4 MB for 60,000 digits in place of 47 MB, in a third of a second.

    So a picture is there at once when one points at its dot, and any number can be drawn in place of dots.
    """
    greys = _choice.digits.images.reshape(len(_choice.digits), -1) >> 4
    return packet("pictures", key, {}, zlib.compress((greys[:, ::2] << 4 | greys[:, 1::2]).tobytes(), 1))

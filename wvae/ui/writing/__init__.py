"""The component in which a digit is written: the model's answer to every stroke is worked out in the browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wvae.digits import DigitSet
from wvae.latents import Floats
from wvae.model import WVAE
from wvae.raster import picture_uri, tile
from wvae.style_measures import AXES
from wvae.ui.component import CONTROLS, component
from wvae.ui.live_model import decoder_packet, encoder_packet
from wvae.ui.packets import Packet, digest, packet, send_packet

_component = component(Path(__file__).parent, CONTROLS)


class KnownDigits(NamedTuple):
    """Real digits, and their styles ``(n, latent_b)``, among which the nearest are looked for."""

    digits: DigitSet
    styles: Floats


class Plane(NamedTuple):
    """Where a model of one dimension each decodes ``images`` ``(rows, columns, 28, 28)``: at these latents A
    ``(columns,)`` and B ``(rows,)``."""

    name: str
    model: WVAE
    a: Floats
    b: Floats
    images: Floats


def writing(
    model: WVAE,
    digits_a: Floats,
    usual_score: float,
    known: KnownDigits,
    plane: Plane | None,
    *,
    on_kept: Callable[[], None] | None,
    on_sliders: Callable[[], None],
) -> None:
    """Draw the paper and what the model makes of what is written on it.

    Args:
        digits_a: latent A of each digit, ``(10, latent_a)``, NaN where there is none.
        usual_score: what nearly every real digit's score as an outlier is less than, see :mod:`wvae.outliers`.
        on_kept: called when a drawing is kept: the session state's ``writing.kept`` has its "picture", a PNG file in
            base64, and its "digit". None where drawings cannot be kept.
        on_sliders: likewise, when it is to be taken to the sliders, with ``writing.sliders``, whose "picture" is the
            784 greys of its MNIST form.
    """
    encoder, decoder, others = encoder_packet(model), decoder_packet(model), _known_packet(known)
    on_plane = plane and encoder_packet(plane.model, 1)
    data: dict[str, Any] = {
        "encoder": encoder.key,
        "decoder": decoder.key,
        "known": others.key,
        "digits": [None if np.isnan(row).any() else row.tolist() for row in digits_a],
        "usual": usual_score,
        "keeps": on_kept is not None,
        "measures": [{"name": axis.name, "unit": axis.unit} for axis in AXES],
        "plane": plane
        and on_plane
        and {
            "name": plane.name,
            "encoder": on_plane.key,
            "picture": picture_uri(tile(plane.images)),
            "columns": plane.a.tolist(),
            "rows": plane.b.tolist(),
        },
    }
    _component(key="writing", data=data, on_kept_change=on_kept or (lambda: None), on_sliders_change=on_sliders)
    for each in (encoder, decoder, others, on_plane):
        if each:
            send_packet(each)


def _known_packet(known: KnownDigits) -> Packet:
    body = known.styles.astype("<f4").tobytes() + known.digits.images.tobytes()
    header = {"digits": known.digits.digits.tolist(), "writers": known.digits.writers.tolist()}
    return packet("known digits", digest(body), header, body)

"""Digits as pictures that can be clicked, and as files to take away."""

import base64
import csv
import io
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.digits import DigitSet
from wvae.latents import Latents
from wvae.raster import ink, png
from wvae.sources.labels import LABELS, labels_text
from wvae.ui.component import component

_GALLERY = component(Path(__file__).parent)


def gallery(
    digits: DigitSet,
    rows: NDArray[np.int64],
    captions: Sequence[str],
    *,
    key: str,
    chosen: int | None = None,
    slot: str | None = None,
) -> None:
    """Show the pictures of ``rows``; one that is clicked goes to the session state's ``slot``, if that is named."""

    def choose() -> None:
        if slot is not None:
            st.session_state[slot] = st.session_state[key].chosen

    data = {
        "pictures": base64.b64encode(digits.images[rows].tobytes()).decode(),
        "rows": rows.tolist(),
        "captions": list(captions),
        "chosen": chosen,
        "clickable": slot is not None,
    }
    _GALLERY(data=data, key=key, on_chosen_change=choose)


def png_button(picture: NDArray[np.float32], file_name: str) -> None:
    """Take a picture ``(height, width)`` in 0..1 away, four times as large."""
    file = partial(png, picture, scale=4)  # made when asked for
    st.download_button("PNG", file, file_name, "image/png", on_click="ignore", icon=":material/download:")


def table_of(digits: DigitSet, latents: Latents, rows: NDArray[np.int64]) -> bytes:
    """A CSV file: row, digit, writer, and each dimension of A and B at the posterior mean."""
    file = io.StringIO()
    table = csv.writer(file)
    columns = latents.columns()
    table.writerow(["row", "digit", "writer", *columns])
    values = np.stack([column[rows] for column in columns.values()], axis=1)
    for row, numbers in zip(rows.tolist(), values, strict=True):
        table.writerow([row, digits.digits[row], digits.writers[row], *(f"{number:.6g}" for number in numbers)])
    return file.getvalue().encode()


def pictures_of(digits: DigitSet, rows: NDArray[np.int64]) -> bytes:
    """A zip file of PNG pictures and their labels.csv: unpacked, it is a data source ``folder:PATH``."""
    archive = io.BytesIO()
    names = [f"{row:06}.png" for row in rows.tolist()]
    with zipfile.ZipFile(archive, "w") as file:
        for name, row in zip(names, rows.tolist(), strict=True):
            file.writestr(name, png(ink(digits.images[row])))
        file.writestr(LABELS, labels_text(zip(names, digits.digits[rows], digits.writers[rows], strict=True)))
    return archive.getvalue()

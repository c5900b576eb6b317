"""Components that lie in a folder of their own: HTML, CSS and scripts under the folder's name."""

from pathlib import Path
from typing import Any

import streamlit as st

from wvae.ui.javascript import bundle

CONTROLS = Path(__file__).with_name("controls.css")
"""How buttons and lists look and are focused, for components that are made of them."""


def component(folder: Path, *shared: Path) -> Any:
    """The component of a folder, with shared style sheets before its own."""
    file = folder / folder.name
    sheets = [*shared, file.with_suffix(".css")]
    return st.components.v2.component(
        folder.name,
        html=file.with_suffix(".html").read_text(encoding="utf-8"),
        css="".join(sheet.read_text(encoding="utf-8") for sheet in sheets),
        js=bundle(file.with_suffix(".js")),
    )

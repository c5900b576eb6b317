"""The HTML in which Streamlit draws, with the style and the scripts of the dashboard in it from the start: what came
with the first run of a page would move what is drawn by then."""

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from wvae.ui.javascript import bundle
from wvae.ui.pages import PAGES

_STATIC = Path(st.__file__).parent / "static"
_STYLE = Path(__file__).with_name("window.css")
_SCRIPT = Path(__file__).parent / "javascript/window.js"
_ELEMENTS = (
    "BidiComponent", "Button", "ButtonGroup", "Checkbox", "DownloadButton", "FileUploader", "Html", "ImageList",
    "Metric", "Multiselect", "NumberInput", "PageLink", "Radio", "Selectbox", "TextInput",
)  # fmt: skip
"""Streamlit's scripts of the elements on the pages, by the beginnings of their files' names. It would load each when
its first element has come, and draw another, less high, until then."""

_ROOT = '<div id="root">'
"""What Streamlit draws in. A style before it comes after those of Streamlit, which are in the head."""


def window_routes() -> list[Route]:
    """The addresses of all pages, each answered with that HTML."""
    root = st.get_option("server.baseUrlPath").strip("/")
    below = f"/{root}" if root else ""
    return [Route(f"{below}/{path}", _window) for path in ("", *PAGES)]


async def _window(request: Request) -> HTMLResponse:
    return HTMLResponse(window_html(), headers={"Cache-Control": "no-cache"})


def window_html() -> str:
    """Streamlit's own page of HTML, with ours in it."""
    scripts = [path.name for name in _ELEMENTS for path in (_STATIC / "static/js").glob(f"{name}.*.js")]
    imports = "".join(f'import "./static/js/{name}";' for name in scripts)
    ours = (
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"
        f"<script>{{{bundle(_SCRIPT)}}}</script>"
        f'<script type="module">{imports}</script>'
    )
    return (_STATIC / "index.html").read_text(encoding="utf-8").replace(_ROOT, f"{ours}{_ROOT}")

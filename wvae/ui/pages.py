"""The pages of the dashboard: one table, for the navigation and for every link."""

from typing import NamedTuple

import streamlit as st

LINK = "to-"
LINKED = ("data", "model", "compare", "whose", "colour")
"""Widgets of several pages, which a link sets by a parameter that begins with :data:`LINK`: the widget's own parameter
Streamlit drops from a link if the page that the link is on has the widget too."""

INSIDE = "inside the dashboard"
"""In the session state when ``dashboard.py`` runs the pages."""


class DashboardPage(NamedTuple):
    """A file in ``pages/``: its section in the navigation, its title, its icon, and what one does there."""

    section: str
    title: str
    icon: str
    purpose: str


PAGES = {
    "overview": DashboardPage("Look", "Overview", "home", "How good the model is"),
    "write": DashboardPage("Look", "Write a digit", "draw", "Write a digit and see what the model makes of it"),
    "latent_map": DashboardPage("Look", "Latent map", "scatter_plot", "See where A and B place each digit"),
    "style_sliders": DashboardPage("Look", "Style sliders", "tune", "Change B and see the style change"),
    "style_transfer": DashboardPage("Look", "Style transfer", "grid_on", "Draw one digit in another style"),
    "writer_clustering": DashboardPage("Test", "Writer clustering", "groups", "Test whether B groups writers"),
    "training": DashboardPage("Make", "Training", "model_training", "Train your own model"),
    "models_and_data": DashboardPage("Make", "Models and data", "folder_open", "Add models and digits"),
}
"""Every page by the name of its file, in the order of the navigation."""

FIRST = next(iter(PAGES))
"""The page that opens first."""

COMPARING = {"", "latent_map", "style_sliders", "style_transfer"}
"""The paths of the pages that can show a second model beside the first."""


def navigation() -> st.Page:
    """Set up the window and put the navigation into the sidebar; returns the page to run."""
    st.set_page_config(page_title="wvae", page_icon="✍️", layout="wide")
    st.session_state[INSIDE] = True
    sections: dict[str, list[st.Page]] = {}
    for name, page in PAGES.items():
        first = name == FIRST
        path = "" if first else name
        file = st.Page(f"pages/{name}.py", title=page.title, icon=_icon(page.icon), url_path=path, default=first)
        sections.setdefault(page.section, []).append(file)
    sections[PAGES[FIRST].section].append(st.Page(_open_first, url_path=FIRST, visibility="hidden"))
    return st.navigation(sections)


def _open_first() -> None:
    """What lies at the address that the first page would have by its name, while its own is "/"."""
    st.switch_page(f"pages/{FIRST}.py", query_params=st.query_params.to_dict())


def within_dashboard() -> None:
    """Start again in ``dashboard.py`` if this page was run alone; to be called first on each page.

    Streamlit runs a page alone when its address is the first that a server is asked for. Once ``st.navigation`` has
    been called, it no longer does.
    """
    if INSIDE not in st.session_state:
        navigation()
        st.rerun()


def link(page: str, label: str | None = None, icon: str | None = None, **choices: str) -> None:
    """A link to a page, by the name of its file, where widgets are set to ``choices``.

    Its label and icon are the title and icon in the table, unless others are given.
    """
    there = PAGES[page]
    st.page_link(
        f"pages/{page}.py",
        label=label or there.title,
        icon=_icon(icon or there.icon),
        query_params={f"{LINK}{name}" if name in LINKED else name: value for name, value in choices.items()},
        width="content",
    )


def links_to_model(model: str) -> None:
    """Links to every page that shows a model."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Open in", width="content")
        for name, page in PAGES.items():
            if page.section != "Make":
                link(name, model=model)


def _icon(name: str) -> str:
    return f":material/{name}:"

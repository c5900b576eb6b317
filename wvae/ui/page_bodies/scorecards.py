"""The overview's figures of merit: a card each, in which models that are compared stand one below the other."""

from collections.abc import Sequence

import streamlit as st

from wvae.checkpoint import read_config
from wvae.errors import WvaeError
from wvae.report import ReportedModel
from wvae.scorecard import FigureOfMerit, clustering_lift, figures_of_merit
from wvae.ui.choice import Choice
from wvae.ui.markdown import plain

COLOURS = {"good": "green", "fair": "orange", "poor": "red"}


def show_scorecards(models: Sequence[Choice]) -> list[ReportedModel]:
    """A card for each figure that was measured of any of the models."""
    scorecards = {choice.name: _figures(choice) for choice in models}
    cards = st.container(horizontal=True, gap="xsmall")
    for name in dict.fromkeys(name for figures in scorecards.values() for name in figures):
        with cards.container(border=True, width=156, height="stretch"):  # all in a row on a wide screen
            _card(name, {model: figures.get(name) for model, figures in scorecards.items()})
    if len(models) > 1:
        st.caption("Each model was measured on held-out digits of the source that it was trained on.")
    return [ReportedModel(one.name, [*scorecards[one.name].values()], read_config(one.checkpoint)) for one in models]


def _figures(choice: Choice) -> dict[str, FigureOfMerit]:
    """The figures of a model by name; says so if there are none, or why they cannot be read."""
    found = []
    try:
        found = figures_of_merit(read_config(choice.checkpoint).get("figures") or {})
        if lift := clustering_lift(choice.checkpoint):
            found.append(lift)
        if not found:
            st.info(f"{choice.name} came without figures. A model that is trained here is measured at the end.")
    except WvaeError as error:
        st.error(plain(error))
    return {figure.name: figure for figure in found}


def _card(name: str, figures: dict[str, FigureOfMerit | None]) -> None:
    """One figure of each model, None where it was not measured, and what it means."""
    compared = len(figures) > 1
    if compared:
        st.markdown(f"**{name}**")
    for model, figure in figures.items():
        label = model if compared else name
        with st.container(key=f"metric {name} {model}"):  # window.css keeps room for it
            value, meaning = (figure.value, figure.meaning) if figure else ("—", "This was not measured.")
            st.metric(label, value, help=meaning)
        if figure:
            st.markdown(f":{COLOURS[figure.verdict]}-badge[{figure.verdict}]")
    remarks = {figure.remark: model for model, figure in figures.items() if figure}
    for remark, model in remarks.items():
        st.markdown(remark if len(remarks) == 1 else f"{model}: {remark}")

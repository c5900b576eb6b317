"""The page of training: what is shown of each run."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.checkpoint import WEIGHTS, load_checkpoint
from wvae.curves import TITLES, curves, curves_figure, metrics_csv
from wvae.digits import writer_split
from wvae.jobs import Status
from wvae.latents import decode, encode
from wvae.own_digits import changed
from wvae.raster import ink, picture_uri, tile
from wvae.training import STATE, read_snapshot
from wvae.training_queue import stop_run
from wvae.training_run import read_metrics, read_run, read_run_status, stop_after_epoch, stops_after_epoch
from wvae.ui.errors import attempt
from wvae.ui.gallery import png_button
from wvae.ui.loaded import digits_of
from wvae.ui.markdown import plain
from wvae.ui.theme import page_palette

BADGES = {
    "starting": ("gray", "hourglass_empty"),
    "waiting": ("orange", "schedule"),
    "running": ("blue", "play_arrow"),
    "finished": ("green", "check"),
    "stopped": ("gray", "stop"),
    "failed": ("red", "error"),
}
"""Colour and icon of each state."""


def runs_table(runs: Sequence[Status]) -> None:
    """All runs, whoever started them, in a table that can be downloaded."""
    table = {
        "run": [run.name for run in runs],
        "state": [run.state for run in runs],
        "done": [None if run.progress is None else 100 * run.progress for run in runs],
        "epoch": [f"{run.number('epoch'):.0f} of {run.number('epochs'):.0f}" for run in runs],
        "images a second": [run.number("images_per_second") or None for run in runs],
        "message": [with_titles(run.message) for run in runs],
    }
    columns = {
        "done": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100, width="small"),
        "images a second": st.column_config.NumberColumn(format="localized"),
        "message": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(table, hide_index=True, column_config=columns)


def with_titles(message: str) -> str:
    """What a run says, with the title of its curve where it names a term of the loss."""
    return re.sub(r"(?<=loss term )\w+", lambda term: TITLES.get(term[0], term[0]), message)


def run_progress(run: Status) -> None:
    """State, message, epoch, speed and time left."""
    colour, icon = BADGES.get(run.state, BADGES["starting"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(run.state, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
        st.markdown(plain(with_titles(run.message)))
    if not run.number("epochs"):
        return
    facts = [f"epoch {run.number('epoch'):.0f} of {run.number('epochs'):.0f}"]
    if speed := run.number("images_per_second"):
        facts.append(f"{speed:,.0f} images a second")
    if run.alive and run.number("seconds_left"):
        facts.append(f"{duration(run.number('seconds_left'))} left")
    facts.append(f"on {plain(run.fields.get('device'))}")
    if run.alive and stops_after_epoch(run.folder):
        facts.append("stops at the end of this epoch")
    st.progress(run.progress or 0.0, " · ".join(facts))


def stop_popover(folder: Path) -> None:
    """Stop a run now or at the end of its epoch; what each keeps is said as it changes."""
    with st.popover("Stop", icon=":material/stop:", key=f"training to stop {folder.name}"):
        st.fragment(_stop_choices, run_every=1)(folder)


def _stop_choices(folder: Path) -> None:
    run = read_run_status(folder)
    st.markdown(kept_and_lost(run))
    with st.container(horizontal=True):
        st.button("Stop now", on_click=attempt, args=[stop_run, folder], icon=":material/stop:", key="training stop")
        if run.state == "running" and epochs_kept(run) < run.number("epochs"):
            asked = stops_after_epoch(folder)
            st.button(
                f"{'Stops' if asked else 'Stop'} after epoch {epochs_kept(run) + 1}",
                on_click=attempt,
                args=[stop_after_epoch, folder],
                icon=":material/schedule:",
                key="training stop after epoch",
                disabled=asked,
                help="Then nothing is lost.",
            )


def epochs_kept(run: Status) -> int:
    """How many epochs of a run have ended."""
    total = run.number("total")
    return int(run.number("done") * run.number("epochs") // total) if total else 0


def kept_and_lost(run: Status) -> str:
    """What remains of a run if it is stopped now, in words."""
    kept, epochs = epochs_kept(run), int(run.number("epochs"))
    if kept and kept == epochs:
        return "Stop now **keeps** the trained model and **loses** its figures, which *Resume* measures anew."
    keeps = f"epoch {kept} of {epochs}, from which *Resume* goes on" if kept else "no epoch yet"
    begun = epochs * (run.progress or 0) - kept
    loses = f"epoch {kept + 1}, of which {begun:.0%} is done" if begun else "nothing"
    return f"Stop now **keeps** {keeps}, and **loses** {loses}."


def duration(seconds: float) -> str:
    """Seconds in words, to two units: "40 s", "3 min 20 s", "2 h 5 min"."""
    minutes, seconds = divmod(round(seconds), 60)
    if not minutes:
        return f"{seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def run_curves(run: Status) -> None:
    """Each term of the loss over the epochs."""
    metrics = read_metrics(run.folder)
    if not metrics:
        st.caption("The curves begin after the first epoch.")
        return
    figure = curves_figure(curves(metrics), run.number("epochs"), page_palette().digits[0])
    st.plotly_chart(figure, key="training curves", config={"displaylogo": False})
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "In nats per image (the covariance has no unit), over the epochs. Lower is better, but without any KL, A "
            "and B would hold nothing. The number in a title is that of the last epoch."
        )
        table = partial(metrics_csv, metrics)  # made when asked for: a file that stands ready would often be replaced
        st.download_button("CSV", table, f"{run.name}.csv", icon=":material/download:", on_click="ignore")


def run_strip(run: Status) -> None:
    """Ten of the digits that are trained on, above their reconstructions so far."""
    finished = run.folder / WEIGHTS
    weights = finished if finished.exists() else run.folder / "last" / STATE
    if not weights.exists():
        st.caption("Reconstructions come after the first epoch.")
        return
    trained = read_run(run.folder)
    of = trained.source, changed(trained.source), trained.evaluation_writers, trained.split_seed, trained.protocol
    pictures = _examples(*of)
    reconstructions, said = _reconstructions(weights, weights.stat().st_mtime_ns, pictures)
    picture = tile(np.stack([ink(pictures), reconstructions]))
    # As an address that holds the picture: a file for it would be gone before a slow browser has asked for it.
    address = picture_uri(picture)
    st.image(
        address,
        width="stretch",
        caption=f"Above, originals; below, their reconstructions {said}.",
        alt="Ten digits, and below each its reconstruction.",
    )
    png_button(picture, f"{run.name}.png")


@st.cache_data(show_spinner="Loading the digits …", max_entries=8)
def _examples(source: str, time: int, evaluation_writers: int, seed: int, protocol: str) -> NDArray[np.uint8]:
    """One picture ``(28, 28)`` of each digit that occurs, of those trained on."""
    digits = digits_of(source)
    trained_on = digits[writer_split(digits, evaluation_writers, seed, protocol).training]
    return trained_on.images[np.unique(trained_on.digits, return_index=True)[1]]


# A state that was written anew has another time of writing, and so is read again.
@st.cache_data(show_spinner=False, max_entries=32)
def _reconstructions(weights: Path, written: int, pictures: NDArray[np.uint8]) -> tuple[NDArray[np.float32], str]:
    """The reconstructions by the model in a file, and after how much training, in words."""
    if weights.name == WEIGHTS:
        model, said = load_checkpoint(weights), "after all its training"
    else:
        model, epochs = read_snapshot(weights.parent)
        said = f"after {epochs} epoch{'s' if epochs > 1 else ''}"
    latents = encode(model, pictures)
    return decode(model, latents.mean_a, latents.mean_b), said

"""What the training page is put together from: the form of a new run, and what is seen of each run."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from wvae.checkpoint import WEIGHTS, load_checkpoint
from wvae.curves import curves, curves_figure, metrics_csv
from wvae.digits import PROTOCOLS, writer_split
from wvae.errors import WvaeError
from wvae.jobs import Status, new_folder
from wvae.latents import decode, encode
from wvae.model import CLASSIFIERS, ModelConfig
from wvae.objective import LossWeights
from wvae.plots import ink, picture_uri, tile
from wvae.shelf import changed, sources_here
from wvae.training import PRESETS, STATE, TrainingConfig, read_snapshot
from wvae.training_job import start_run
from wvae.training_run import TrainingRun, read_metrics, read_run
from wvae.ui.choice import CHECKPOINTS, RUNS, digits_of, link_to
from wvae.ui.gallery import png_button

PRESET_HELP = """
- **article**: the network of the 2018 article; a classifier reads the digit from latent A.
- **article-covariance**: also keeps A and B from saying the same.
- **article-no-classifier**: never sees which digit a picture shows.
"""

SETTINGS = {
    "latent_a": ("Latent A", "Numbers that say which digit it is. 1 can be drawn, 10 reads the digit better."),
    "latent_b": ("Latent B", "Numbers that say how it is written. The more, the truer the copy."),
    "epochs": ("Epochs", "How often each picture is seen. A model can be stopped and resumed between two epochs."),
    "hidden": ("Hidden units", "Width of the layer between picture and latents, and between latents and picture."),
    "batch_size": ("Batch", "Pictures seen before each step of the weights."),
    "learning_rate": ("Learning rate", "How large a step is. Too large, and the loss jumps about or is no number."),
    "kl_a": ("Weight: KL of A", "How strongly A is held to a standard normal distribution."),
    "kl_b": ("Weight: KL of B", "How strongly B is held to a standard normal distribution."),
    "classification": ("Weight: digit from A", "How much it counts that A says the digit; 0 ignores the digits."),
    "covariance": ("Weight: covariance", "How much it counts that A and B do not vary together; 0 ignores it."),
    "evaluation_writers": ("Writers set apart", "The finished model is measured on them."),
    "split_seed": ("Seed of the writers", "Which writers are set apart."),
    "protocol": (
        "Learn from",
        "disjoint: everyone but the writers set apart. article: those alone, less a tenth of their digits for tests.",
    ),
    "seed": ("Seed", "Of weights, order and noise: the same seed gives the same model again."),
    "classifier": ("Classifier on A", "What reads the digit from latent A; none trains without digit labels."),
}
"""Of each setting its label, and a sentence."""

OPTIONS = {"protocol": PROTOCOLS, "classifier": list(CLASSIFIERS)}
"""What can be chosen of a setting that is not a number."""

FIRST = ("latent_a", "latent_b", "epochs")
"""The settings that are not behind the fold."""

BADGES = {
    "starting": ("gray", "hourglass_empty"),
    "waiting": ("orange", "schedule"),
    "running": ("blue", "play_arrow"),
    "finished": ("green", "check"),
    "stopped": ("gray", "stop"),
    "failed": ("red", "error"),
}
"""Colour and icon of each state."""

PAGES = {
    "overview": ("Overview", "home"),
    "latent_map": ("Latent map", "scatter_plot"),
    "style_sliders": ("Style sliders", "tune"),
    "style_transfer": ("Style transfer", "grid_on"),
    "writer_clustering": ("Writer clustering", "groups"),
}
"""The pages that show a model, with title and icon."""


def new_run_form() -> Path | None:
    """The widgets of a new run; its folder when it has just been started."""
    left, middle, right = st.columns(3)
    preset = left.selectbox("Preset", list(PRESETS), key="preset", bind="query-params", help=PRESET_HELP)
    source = middle.selectbox(
        "Digits to train on",
        sources_here(),
        key="train_on",
        accept_new_options=True,
        help="One of the list, or type a source, such as synthetic:200 or folder:PATH.",
    )
    typed = right.text_input("Name", key="name", placeholder="made of preset and time", max_chars=64)
    model, training = PRESETS[preset]
    values = _settings({name: _default(name, model, training) for name in FIRST}, preset)
    with st.expander("Advanced"):
        rest = {name: _default(name, model, training) for name in SETTINGS if name not in FIRST}
        values |= _settings(rest, preset)
        device = st.segmented_control(
            "Device",
            ["auto", "cpu", "cuda"],
            default="auto",
            required=True,
            key="device",
            help="Where it is computed: auto takes a graphics card if there is one.",
        )
    if not st.button("Start training", type="primary", icon=":material/play_arrow:", key="start"):
        return None
    try:
        folder = new_folder(typed or f"{preset}-{datetime.now():%Y%m%d-%H%M%S}", RUNS, CHECKPOINTS)
        start_run(_chosen(preset, source or "", values), folder, device=device)
    except WvaeError as error:
        st.error(str(error))
        return None
    return folder


def _default(name: str, model: ModelConfig, training: TrainingConfig) -> Any:
    for config in (model, training, training.weights, TrainingRun("", model, training, "")):
        if hasattr(config, name):
            return getattr(config, name)
    raise KeyError(name)


def _settings(defaults: Mapping[str, Any], preset: str) -> dict[str, Any]:
    """Widgets, three in a row. The preset is in their keys, so that another preset brings its own values."""
    values: dict[str, Any] = {}
    columns: list[DeltaGenerator] = []
    for name, default in defaults.items():
        columns = columns or list(st.columns(3, vertical_alignment="bottom"))
        column = columns.pop(0)
        label, sentence = SETTINGS[name]
        key = f"{preset} {name}"
        if isinstance(default, str):
            values[name] = column.segmented_control(
                label, OPTIONS[name], default=default, required=True, key=key, help=sentence
            )
        elif isinstance(default, int):
            values[name] = column.number_input(label, 0, value=default, step=1, key=key, help=sentence)
        else:
            step = 10.0 ** math.floor(math.log10(default) - 1) if default else 1.0
            number = column.number_input(label, 0.0, value=default, step=step, format="%g", key=key, help=sentence)
            values[name] = float(number)
    return values


def _chosen(preset: str, source: str, values: Mapping[str, Any]) -> TrainingRun:
    """The run that the widgets describe; settings out of range are refused with a sentence."""

    def of(kind: Any) -> dict[str, Any]:
        return {field.name: values[field.name] for field in fields(kind) if field.name in values}

    model, training = PRESETS[preset]
    training = replace(training, weights=replace(training.weights, **of(LossWeights)), **of(TrainingConfig))
    return TrainingRun(preset, replace(model, **of(ModelConfig)), training, source, **of(TrainingRun))


def runs_table(runs: Sequence[Status]) -> None:
    """All runs, whoever started them, in a table that can be downloaded."""
    table = {
        "run": [run.name for run in runs],
        "state": [run.state for run in runs],
        "done": [None if run.progress is None else 100 * run.progress for run in runs],
        "epoch": [f"{run.number('epoch'):.0f} of {run.number('epochs'):.0f}" for run in runs],
        "images a second": [run.number("images_per_second") or None for run in runs],
        "what": [run.message for run in runs],
    }
    columns = {
        "done": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100, width="small"),
        "images a second": st.column_config.NumberColumn(format="localized"),
        "what": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(table, hide_index=True, column_config=columns)


def run_progress(run: Status) -> None:
    """State, message, epoch, speed and time left."""
    colour, icon = BADGES.get(run.state, BADGES["starting"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(run.state, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
        st.markdown(run.message)
    if not run.number("epochs"):
        return
    facts = [f"epoch {run.number('epoch'):.0f} of {run.number('epochs'):.0f}"]
    if speed := run.number("images_per_second"):
        facts.append(f"{speed:,.0f} images a second")
    if run.alive and run.number("seconds_left"):
        facts.append(f"{duration(run.number('seconds_left'))} left")
    facts.append(f"on {run.fields.get('device')}")
    st.progress(run.progress or 0.0, " · ".join(facts))


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
        st.caption("The curves begin when the first epoch is over.")
        return
    figure = curves_figure(curves(metrics), run.number("epochs"))
    st.plotly_chart(figure, key="curves", config={"displaylogo": False})
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "In nats per image (the covariance has no unit), over the epochs: lower is better, but A and B need some "
            "KL to say anything at all. The number is the last epoch's."
        )
        table = partial(metrics_csv, metrics)  # made when asked for: a file that stands ready would often be replaced
        st.download_button("CSV", table, f"{run.name}.csv", icon=":material/download:", on_click="ignore")


def run_strip(run: Status) -> None:
    """Ten digits that are trained on, above what the model makes of them by now."""
    finished = run.folder / WEIGHTS
    weights = finished if finished.exists() else run.folder / "last" / STATE
    if not weights.exists():
        st.caption("Reconstructions come after the first epoch.")
        return
    trained = read_run(run.folder)
    of = trained.source, changed(trained.source), trained.evaluation_writers, trained.split_seed, trained.protocol
    pictures = _examples(*of)
    copies, said = _copies(weights, weights.stat().st_mtime_ns, pictures)
    picture = tile(np.stack([ink(pictures), copies]))
    # As an address that holds the picture: a file for it would be gone before a slow browser has asked for it.
    address = picture_uri(picture)
    st.image(
        address,
        width="stretch",
        caption=f"Above, what was written; below, what the model makes of it {said}.",
        alt="Ten digits, and below each what the model makes of it.",
    )
    png_button(picture, f"{run.name}.png")


@st.cache_data(show_spinner="Loading the digits …", max_entries=8)
def _examples(source: str, time: int, evaluation_writers: int, seed: int, protocol: str) -> NDArray[np.uint8]:
    """One picture ``(28, 28)`` of each digit that occurs, of those trained on."""
    digits = digits_of(source)
    known = digits[writer_split(digits, evaluation_writers, seed, protocol).training]
    return known.images[np.unique(known.digits, return_index=True)[1]]


# A state that was written anew has another time of writing, and so is read again.
@st.cache_data(show_spinner=False, max_entries=32)
def _copies(weights: Path, written: int, pictures: NDArray[np.uint8]) -> tuple[NDArray[np.float32], str]:
    """What the model in a file makes of pictures, and after how much training, in words."""
    if weights.name == WEIGHTS:
        model, said = load_checkpoint(weights), "after all its training"
    else:
        model, epochs = read_snapshot(weights.parent)
        said = f"after {epochs} epoch{'s' if epochs > 1 else ''}"
    latents = encode(model, pictures)
    return decode(model, latents.mean_a, latents.mean_b), said


def open_links(model: str) -> None:
    """A finished model on every page that shows one."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Open in", width="content")
        for page, (title, icon) in PAGES.items():
            link_to(page, title, icon, model=model)

"""The page of training: the form of a new run."""

import math
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from wvae.digits import PROTOCOLS
from wvae.errors import ConfigError, MissingDigits, WvaeError
from wvae.jobs import new_folder
from wvae.model import ModelConfig
from wvae.objective import LossWeights
from wvae.own_digits import sources_here
from wvae.presets import PRESETS
from wvae.sources import known_sources
from wvae.training_config import TrainingConfig
from wvae.training_job import start_run
from wvae.training_run import TrainingRun
from wvae.ui.choice import SYNTHETIC
from wvae.ui.door import at_this_machine
from wvae.ui.errors import show_error
from wvae.ui.loaded import CHECKPOINTS, RUNS
from wvae.ui.markdown import plain

PRESET_WORDS = {
    "wvae": "Works best. Reads the digit first; the first axes of B are slant, thickness, width and height.",
    "wvae-writer": "The same, and B is also trained to tell writers apart.",
    "article": "The 2018 article's model, to compare with.",
    "article-covariance": "The article's, where A and B are not to vary together.",
    "article-no-classifier": "The article's, trained without digit labels.",
}
"""What each preset is, the best first."""

SETTINGS = {
    "latent_a": (
        "Latent A",
        "Dimensions of the content code. 1 can be drawn as an axis; in the article presets 10 hold the digit better.",
    ),
    "latent_b": ("Latent B", "Dimensions of the style code. With more of them the reconstruction is better."),
    "epochs": ("Epochs", "How often each picture is used. A run can be stopped and resumed between two epochs."),
    "hidden": ("Hidden units", "Width of the layer between picture and latents, and between latents and picture."),
    "batch_size": ("Batch", "Pictures used for each step of the weights."),
    "learning_rate": (
        "Learning rate",
        "How large a step is. If it is too large, the loss does not settle, or is no number.",
    ),
    "kl_a": ("Weight: KL of A", "How strongly A is drawn to its prior distribution."),
    "kl_b": ("Weight: KL of B", "How strongly B is drawn to its prior distribution."),
    "classification": (
        "Weight: digit from A",
        "How much it counts that the digit can be read from A; 0 ignores the labels.",
    ),
    "covariance": ("Weight: covariance", "How much it counts that A and B do not vary together; 0 ignores it."),
    "evaluation_writers": ("Evaluation writers", "How many writers the finished model is measured on."),
    "split_seed": ("Seed of the writers", "Which writers those are."),
    "protocol": (
        "Train on",
        "disjoint: the digits of all other writers. article: nine tenths of the evaluation writers' own digits.",
    ),
    "seed": ("Seed", "Of weights, order and noise: the same seed gives the same model again."),
    "classifier": ("Classifier on A", "What reads the digit from latent A; none trains without digit labels."),
    "named_axes": ("Named axes", "How many of the first axes of B are measures: slant, thickness, width, height."),
    "writer_dimensions": ("Writer dimensions", "Dimensions of the space in which writers are compared; 0: B itself."),
    "measures": ("Weight: measures", "How much it counts that a picture has the measures that the named axes ask for."),
    "legibility": ("Weight: legibility", "How much it counts that a digit can be read in any style."),
    "writer": ("Weight: writer", "How much it counts that B tells writers apart; 0 ignores their labels."),
    "content_epochs": (
        "Epochs of the reader",
        "How often each picture is used first of all, to train the network that reads the digit.",
    ),
    "schedule": ("Learning rate over time", "one cycle: up, then down to 0. constant: always the same."),
    "flow_epochs": ("Epochs of the flow", "How often each style is used to train the style flow afterwards."),
    "flow_batch_size": ("Batch of the flow", "Styles used for each step of the flow's weights."),
    "flow_learning_rate": ("Learning rate of the flow", "How large its first steps are; the last have none."),
    "flow_noise": ("Noise of the flow", "Noise on the styles, so that the flow does not learn them by heart."),
    "flow_jitter": (
        "Jitter of the flow",
        "How far pictures are turned, scaled and shifted for the flow, so that it does not learn them by heart.",
    ),
    "flow_hidden": ("Units of the flow", "Width of the networks in the style flow."),
    "first_axis": ("Pull: first axis", "How strongly B's named axes stay what they measure, the first one most."),
    "other_axes": ("Pull: other axes", "How strongly B's other axes stay what they were before the flow."),
}
"""The label of each setting, and a sentence about it."""

OPTIONS = {"protocol": PROTOCOLS, "classifier": ["linear", "none"], "schedule": ["constant", "one cycle"]}
"""What can be chosen for a setting that is not a number."""

ONLY_ARTICLE = ("classifier", "classification", "covariance")
ONLY_FLOW = tuple(SETTINGS)[tuple(SETTINGS).index("named_axes") :]
"""Settings that only some presets have: those of the article, and those with a style flow."""

FIRST = ("latent_a", "latent_b", "epochs")
"""The settings that are not behind the fold."""


def new_run_form() -> Path | None:
    """The widgets of a new run; its folder when it has just been started."""
    preset = st.radio(
        "Preset", list(PRESET_WORDS), captions=list(PRESET_WORDS.values()), key="preset", bind="query-params"
    )
    left, right = st.columns(2)
    source = left.selectbox(
        "Digits to train on",
        sources_here(),
        # Of what is typed Streamlit cuts off the label of what is chosen, as of "synthetic:200" it would "synthetic".
        format_func=lambda known: "synthetic digits" if known == SYNTHETIC else known,
        key="training digits",
        accept_new_options=True,
        help="One from the list, or type a source such as synthetic:200 or folder:PATH.",
    )
    typed = right.text_input("Name", key="training name", placeholder="preset and time", max_chars=64)
    model, training = PRESETS[preset]
    values = _settings({name: _default(name, model, training) for name in FIRST}, preset)
    with st.expander("Advanced"):
        left_out = FIRST + (ONLY_FLOW if model.style_flow == "identity" else ONLY_ARTICLE)
        rest = {name: _default(name, model, training) for name in SETTINGS if name not in left_out}
        values |= _settings(rest, preset)
        device = st.segmented_control(
            "Device",
            ["auto", "cpu", "cuda"],
            default="auto",
            required=True,
            key="training device",
            help="auto: a graphics card if there is one.",
        )
    missing = source in {known.name for known in known_sources() if known.fetchable and not known.present}
    if missing:
        show_error(MissingDigits(f"The digits of {source} are not here yet.", source), "form")
    if not st.button(
        "Start training", type="primary", icon=":material/play_arrow:", key="training start", disabled=missing
    ):
        return None
    try:
        check_source(source or "")
        folder = new_folder(typed or f"{preset}-{datetime.now():%Y%m%d-%H%M%S}", RUNS, CHECKPOINTS)
        start_run(_chosen(preset, source or "", values), folder, device=device)
    except WvaeError as error:
        st.error(with_labels(plain(error)))
        return None
    return folder


def check_source(source: str) -> None:
    """What is typed names files of the machine only where the person sits at it.

    Raises:
        ConfigError: it does, and they do not.
    """
    if source not in sources_here() and source.startswith(("folder:", "emnist:")) and not at_this_machine():
        raise ConfigError("Folders and files of the machine are chosen at the machine itself: take digits of the list.")


def with_labels(sentence: str) -> str:
    """An error about a setting, which it names first, with the label of its widget."""
    name = re.match(r"(\w+)(?= must be)", sentence)
    return f"**{SETTINGS[name[1]][0]}**{sentence[name.end() :]}" if name and name[1] in SETTINGS else sentence


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
        key = f"training {preset} {name}"
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

"""What pages load: digits, models, and what these make of them, once for all sessions."""

from pathlib import Path

import streamlit as st

from wvae.checkpoint import CONFIG, WEIGHTS, load_checkpoint, read_config
from wvae.digits import DigitSet
from wvae.files import modified
from wvae.latents import Latents, encode
from wvae.model import WVAE
from wvae.own_digits import changed
from wvae.protocol import TrainingOverlap, training_overlap
from wvae.sources import load_digits

HOMES = CHECKPOINTS, RUNS = Path("checkpoints"), Path("runs")


def checkpoint_folders() -> dict[str, Path]:
    """Every finished checkpoint by name, those that ship with the project first."""
    return {path.parent.name: path.parent for home in HOMES for path in sorted(home.glob(f"[!.]*/{WEIGHTS}"))}


def written(checkpoint: Path) -> int:
    """When a checkpoint was written: one that is trained anew is loaded again."""
    return modified(checkpoint / WEIGHTS)


def digits_of(source: str) -> DigitSet:
    """The digits of a source, loaded again when a folder of one's own has changed.

    Raises:
        WvaeError: they are missing or damaged.
    """
    return _digits(source, changed(source))


def model_of(checkpoint: Path) -> WVAE:
    """A model.

    Raises:
        WvaeError: it is missing or damaged.
    """
    return _model(checkpoint, written(checkpoint))


def latents_of(checkpoint: Path, source: str) -> Latents:
    """What a model sees in each digit of a source.

    Raises:
        WvaeError: either is missing or damaged.
    """
    return _latents(checkpoint, written(checkpoint), source, changed(source))


def overlap(checkpoint: Path, source: str) -> TrainingOverlap:
    """Which digits of a source a model was trained on.

    Raises:
        WvaeError: the config is missing or damaged, or the digits are.
    """
    return _overlap(checkpoint, modified(checkpoint / CONFIG), source, changed(source))


@st.cache_resource(show_spinner=False, max_entries=4)
def _digits(source: str, time: int) -> DigitSet:
    return load_digits(source)


@st.cache_resource(show_spinner=False, max_entries=8)
def _model(checkpoint: Path, time: int) -> WVAE:
    return load_checkpoint(checkpoint)


@st.cache_resource(show_spinner=False, max_entries=8)
def _latents(checkpoint: Path, time: int, source: str, source_time: int) -> Latents:
    return encode(_model(checkpoint, time), _digits(source, source_time).images)


@st.cache_resource(show_spinner=False, max_entries=8)
def _overlap(checkpoint: Path, time: int, source: str, source_time: int) -> TrainingOverlap:
    return training_overlap(read_config(checkpoint), source, _digits(source, source_time))

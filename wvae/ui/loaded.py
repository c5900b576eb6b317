"""What pages load: digits, models, and what these make of them, once for all sessions."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wvae.checkpoint import CONFIG, WEIGHTS, load_checkpoint, read_config
from wvae.digits import DigitSet, writer_split
from wvae.errors import DataError
from wvae.files import modified
from wvae.latents import Latents, encode
from wvae.model import WVAE
from wvae.own_digits import changed
from wvae.protocol import TrainingOverlap, default_split, training_overlap
from wvae.sources import load_digits

HOMES = CHECKPOINTS, RUNS = Path("checkpoints"), Path("runs")


class DigitsInView(NamedTuple):
    """The digits of some writers of a source.

    ``rows`` are theirs among all of the source's, ``(n,)``, or None for all of them; ``whose`` says in words whose they
    are: of one source, equal words, equal digits.
    """

    digits: DigitSet
    rows: NDArray[np.int64] | None
    whose: str


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


def held_out(checkpoint: Path, source: str) -> DigitsInView:
    """The digits of a source that a model was not trained on, and in words how certain that is.

    Raises:
        WvaeError: the config is missing or damaged, or the digits are; or none were held out.
    """
    return _held_out(checkpoint, modified(checkpoint / CONFIG), source, changed(source))


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


@st.cache_resource(show_spinner=False, max_entries=4)
def _held_out(checkpoint: Path, time: int, source: str, source_time: int) -> DigitsInView:
    digits, trained_on = _digits(source, source_time), _overlap(checkpoint, time, source, source_time)
    if trained_on.of() == "held out":
        return DigitsInView(digits, None, f"all {len(np.unique(digits.writers)):,} writers, held out")
    split = default_split(read_config(checkpoint))
    rows = np.flatnonzero(writer_split(digits, *split).held_out)
    if not len(rows):
        raise DataError("No writers were held out when this model was trained: choose other writers in view.")
    if trained_on.of(rows) != "held out":
        whose = f"{split.writers} writers who may have been seen in training"
    else:
        whose = f"{split.writers} {'held-out writers' if split.protocol == 'disjoint' else 'writers, held-out digits'}"
    if split.split_seed:
        whose += f", split seed {split.split_seed}"
    return DigitsInView(digits[rows], rows, whose)

"""What is done once, when the server of the dashboard starts."""

from pathlib import Path

import streamlit as st

from wvae.files import remove_temporaries
from wvae.sources import data_root
from wvae.training_queue import watch_queue
from wvae.ui.door import read_only
from wvae.ui.loaded import RUNS

OLD = 60.0
"""Seconds after which a temporary file that nobody holds has been left by a killed writer."""


@st.cache_resource(show_spinner=False)
def start_server() -> None:
    """Remove what killed writers have left, and keep the queue of trainings going."""
    for home in (RUNS, data_root()):
        for folder in (home, *_below(home), *(inner for outer in _below(home) for inner in _below(outer))):
            remove_temporaries(folder, seconds=OLD)
    if not read_only():
        watch_queue(RUNS.resolve())


def _below(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/") if not path.is_symlink()]

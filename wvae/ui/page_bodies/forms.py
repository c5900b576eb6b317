"""What the forms for adding models and digits share: a name to suggest, and what follows when something was added."""

from pathlib import Path

import streamlit as st


def forms_used() -> int:
    """How many things were added in this session: the forms' keys hold it, so that each is empty for the next."""
    return int(st.session_state.setdefault("added", 0))


def say_added(sentence: str) -> None:
    st.session_state["added"] += 1
    st.toast(sentence)
    st.rerun()


def plain_name(file_name: str) -> str:
    """A name that a folder may have, after that of a file."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in Path(file_name).stem)
    return name.strip("._-") or "model"

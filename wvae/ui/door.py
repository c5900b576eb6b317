"""Who may do what in the dashboard: guests look, those at the machine may also name its folders."""

import os

import streamlit as st

LOOPBACK = ("127.0.0.1", "localhost", "::1")

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")
"""Headers of a request that a proxy has passed on."""


def read_only() -> bool:
    """Whether the dashboard is for guests, who look, drag and write, and do not train, upload or delete."""
    return os.environ.get("WVAE_READONLY", "0") not in ("", "0")


def at_this_machine() -> bool:
    """Whether the person sits at the machine that runs the dashboard, and so may name folders of it: the server
    answers on the loopback only, and no proxy has passed the request on."""
    return (
        st.get_option("server.address") in LOOPBACK
        and st.context.ip_address in (None, *LOOPBACK)
        and not any(st.context.headers.get(name) for name in FORWARDED)
    )

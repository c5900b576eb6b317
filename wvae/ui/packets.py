"""Packets: data that travel to the browser once, however often a page is drawn.

Streamlit sends a component's data whole whenever any of it changes, but an element that has not changed as its hash
alone. So what is large, or changes seldom, is an element of its own, that draws nothing and keeps its bytes in the
browser for the components that need them.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from wvae.ui.javascript import bundle

_PACKET = st.components.v2.component("packet", js=bundle(Path(__file__).parent / "javascript/packet.js"))


class Packet(NamedTuple):
    """A header and a body, framed as bytes.

    The browser keeps one packet of each ``name``; ``key`` tells its contents apart.
    """

    name: str
    key: str
    framed: bytes


def packet(name: str, key: str, header: dict[str, Any], body: bytes = b"") -> Packet:
    """Frame a header, which is written as JSON, and a body."""
    return Packet(name, key, frame({"name": name, "key": key, **header}, body))


def digest(*contents: bytes) -> str:
    """A key for a packet: equal contents, equal keys."""
    sha = hashlib.sha256()
    for content in contents:
        sha.update(content)
    return sha.hexdigest()[:16]


def frame(header: dict[str, Any], body: bytes) -> bytes:
    """The length of the JSON header as little-endian uint32, the header padded to a multiple of 4, then the body.

    So a body of 4-byte numbers needs no copy in the browser; ``unpack`` in framing.js takes it apart again.
    """
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + body


def send_packet(one: Packet) -> None:
    """Put a packet into the browser, where it stays for as long as this element is part of the page."""
    _PACKET(data=one.framed, key=f"packet {one.name}")

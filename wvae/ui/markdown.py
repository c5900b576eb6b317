"""Texts that somebody typed, among Markdown."""

import re


def plain(text: object) -> str:
    """A name, a source or the sentence of an error, shown as it is: no picture, link, formula or colour is made of it.

    Otherwise the name of a source could have the browsers of others fetch an address.
    """
    return re.sub(r"([\\`*\[\]<>$~])", r"\\\1", re.sub(r"\s+", " ", str(text)))

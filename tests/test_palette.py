"""The colours of marks, as people with any colour vision see them on each page."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from wvae.palette import DARK, LIGHT, Palette

DOCS = Path(__file__).parent.parent / "docs"
PALETTES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])

SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""Pairs of CIELAB colours and their CIEDE2000, published by Sharma, Wu and Dalal (2005)."""


@pytest.fixture
def docs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script that found the colours."""
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "palette", raising=False)
    import palette

    return palette


def test_ciede2000_of_the_published_pairs(docs: ModuleType) -> None:
    pairs = np.array([line.split() for line in SHARMA.split("\n") if line], float)
    assert len(pairs) == 34
    for one, other in ((pairs[:, :3], pairs[:, 3:6]), (pairs[:, 3:6], pairs[:, :3])):
        assert docs.ciede2000(one, other) == pytest.approx(pairs[:, 6], abs=5e-5)


def test_colours_as_they_are_seen(docs: ModuleType) -> None:
    colours = docs.from_hex("#ffffff", "#000000", "#ff0000", "#808080")
    expected = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [53.59, 0, 0]]
    assert docs.seen_as(colours, "normal") == pytest.approx(np.array(expected), abs=0.02)
    for vision, red in (("protan", "#6d5f00"), ("deutan", "#a49000"), ("tritan", "#ff000f")):
        seen = docs.seen_as(docs.from_hex(red), "normal")
        assert docs.ciede2000(docs.seen_as(colours[2], vision), seen) == pytest.approx(0, abs=0.5)
    assert docs.contrast(colours, colours[0]) == pytest.approx(np.array([1, 21, 3.998, 3.949]), abs=1e-3)
    assert docs.blended(colours, 0.25, colours[1]) == pytest.approx(colours / 4)


@PALETTES
def test_any_colour_vision_tells_ten_digits_and_grey_apart(theme: Palette, docs: ModuleType) -> None:
    found = docs.apart(theme)
    assert len(theme.digits) == 10
    assert set(found.by_vision) == {"normal", "protan", "deutan", "tritan"}
    assert min(found.by_vision.values()) >= 9
    assert found.from_grey >= 10
    assert min(found.contrast, found.grey_contrast) >= 3


def test_the_search_finds_ten_that_miss_a_bound_by_least(docs: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "LEVELS", np.arange(0, 256, 51) / 255)
    monkeypatch.setattr(docs, "STARTS", 20)
    coarse = docs.apart(docs.search(LIGHT.background))
    assert min(coarse.contrast, coarse.grey_contrast) >= 3
    assert coarse.from_grey >= 10
    monkeypatch.setattr(docs, "APART", 90)
    least = docs.apart(docs.search(LIGHT.background))
    assert min(least.by_vision.values()) >= min(coarse.by_vision.values())

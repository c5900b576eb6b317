"""Bars as HTML."""

from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from wvae.palette import LIGHT
from wvae.plots import Intervals
from wvae.ui.bars import bars_html


class DrawnBar(NamedTuple):
    """Where a bar begins and ends and its interval's ends, if it has one, in percent; its value and colour."""

    zero: float
    end: float
    low: float | None
    high: float | None
    value: str
    colour: str


def drawn_bars(html: str) -> dict[str, DrawnBar]:
    """The bars of a chart by their labels."""
    chart = ElementTree.fromstring(html)
    texts = [span.text for span in chart.iter("span")]
    rows = zip(texts[::2], chart.findall("div"), texts[1::2], strict=True)
    return {label: _drawn_bar(row, value) for label, row, value in rows}


def _drawn_bar(row: ElementTree.Element, value: str) -> DrawnBar:
    styles = {mark.attrib["class"]: _style(mark) for mark in row}
    ends = {kind: (_percent(style["left"]), _percent(style["width"])) for kind, style in styles.items()}
    (zero, no_width), (left, width) = ends["zero"], ends["bar"]
    assert no_width == 0
    assert zero == pytest.approx(left, abs=0.02) or zero == pytest.approx(left + width, abs=0.02)
    end = left + width if zero == pytest.approx(left, abs=0.02) else left
    low, length = ends.get("interval", (None, 0))
    return DrawnBar(zero, end, low, None if low is None else low + length, value, styles["bar"]["color"])


def _style(mark: ElementTree.Element) -> dict[str, str]:
    return dict(rule.split(": ") for rule in mark.attrib["style"].split("; "))


def _percent(length: str) -> float:
    return float(length.removesuffix("%"))


def test_bars_have_their_intervals_on_a_scale() -> None:
    bars = Intervals("AMI", ["chance", "latent B"], [-0.125, 0.5], [None, 0.375], [None, 0.75])
    html = bars_html(bars, LIGHT.digits[:2], (-0.25, 0.75))
    assert drawn_bars(html) == {
        "chance": (25, 12.5, None, None, "-0.125", LIGHT.digits[0]),
        "latent B": (25, 75, 62.5, 100, "0.500", LIGHT.digits[1]),
    }
    chart = ElementTree.fromstring(html)
    assert chart.attrib["role"] == "img"
    told = "latent B 0.500, 95 % interval 0.375 to 0.750"
    assert chart.attrib["aria-label"] == f"AMI: chance -0.125; {told}"
    assert [row.attrib["title"] for row in chart.findall("div")] == ["chance -0.125", told]


def test_bars_of_nothing_but_0_have_no_length() -> None:
    drawn = drawn_bars(bars_html(Intervals("AMI", ["chance"], [0.0], [None], [None]), LIGHT.digits[:1], (0.0, 0.0)))
    assert drawn["chance"].zero == drawn["chance"].end == 0


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '" onmouseover="alert(1)', "a & b", "</title><b>"])
def test_names_are_text(name: str) -> None:
    html = bars_html(Intervals(name, [name], [0.5], [0.25], [0.75]), LIGHT.digits[:1], (0.0, 0.75))
    chart = ElementTree.fromstring(html)
    assert {element.tag for element in chart.iter()} == {"div", "b", "span", "i"}
    assert not any(attribute.startswith("on") for element in chart.iter() for attribute in element.attrib)
    assert chart.find("b").text == name
    assert list(drawn_bars(html)) == [name]
    assert chart.attrib["aria-label"].startswith(f"{name}: {name} 0.500")

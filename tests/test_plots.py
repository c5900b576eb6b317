import numpy as np
import pytest

from wvae.palette import DARK, LIGHT
from wvae.plots import (
    Beside,
    Intervals,
    Plane,
    beside_figure,
    groups_by_digit,
    groups_by_writer,
    intervals_figure,
    latent_range,
    plane_figure,
)


def test_groups_share_the_rows_out() -> None:
    digits = np.array([3, 0, 3, 9])
    groups = groups_by_digit(digits)
    assert [(group.name, group.colour, group.rows.tolist()) for group in groups] == [
        ("0", LIGHT.digits[0], [1]),
        ("3", LIGHT.digits[3], [0, 2]),
        ("9", LIGHT.digits[9], [3]),
    ]


def test_latent_range_leaves_out_outliers() -> None:
    values = np.append(np.linspace(-1, 1, 10_000), 500).astype(np.float32)
    low, high = latent_range(values)
    assert low == pytest.approx(-1.1, abs=0.02)
    assert high == pytest.approx(1.1, abs=0.02)
    low, high = latent_range(np.full(10, 3, np.float32))
    assert low < 3 < high


def test_the_plane_puts_both_pictures_on_the_same_axes() -> None:
    plane = Plane(
        x=np.array([0, 1, 2], np.float32),
        y=np.array([5, 6, 7], np.float32),
        groups=groups_by_digit(np.array([1, 4, 1])),
        grid_x=np.array([-1, 0, 1, 2], np.float32),
        grid_y=np.array([8, 4], np.float32),
        images=np.zeros((2, 4, 28, 28), np.float32),
        x_title="latent A 1",
        y_title="latent B 1",
    )
    figure = plane_figure(plane)
    ones = figure.data[0]
    assert (ones.x.tolist(), ones.y.tolist(), ones.name) == ([0, 2], [5, 7], "1 (2)")
    assert isinstance(ones.x, np.ndarray)  # arrays travel to the browser as binary, lists do not
    assert [(name.text, name.x, name.y) for name in figure.layout.annotations] == [("1", 1, 6), ("4", 1, 6)]
    assert figure.layout.template.layout.plot_bgcolor == "white"  # on which the colours have contrast
    image = figure.layout.images[0]
    assert (image.x, image.y, image.sizex, image.sizey) == (-1.5, 10, 4, 8)
    assert (image.xref, image.yref) == ("x2", "y2")
    for axis in (figure.layout.xaxis, figure.layout.xaxis2):
        assert tuple(axis.range) == (-1.5, 2.5)
    for axis in (figure.layout.yaxis, figure.layout.yaxis2):
        assert tuple(axis.range) == (2, 10)
    assert {figure.layout.xaxis.matches, figure.layout.xaxis2.matches} & {"x", "x2"}
    assert {figure.layout.yaxis.matches, figure.layout.yaxis2.matches} & {"y", "y2"}


def test_the_busiest_writers_get_colours_and_all_others_grey() -> None:
    writers = np.array([7, 5, 5, 9, 7, 8, 7])
    groups = groups_by_writer(writers, chosen=2)
    assert [(group.name, group.colour, group.rows.tolist()) for group in groups] == [
        ("others", LIGHT.grey, [3, 5]),
        ("writer 7", LIGHT.digits[0], [0, 4, 6]),
        ("writer 5", LIGHT.digits[1], [1, 2]),
    ]
    everyone = groups_by_writer(np.arange(30))
    assert [len(group.rows) for group in everyone] == [20] + [1] * 10
    assert len({group.colour for group in everyone}) == 11


def test_a_and_b_lie_beside_each_other_by_digit_and_by_writer() -> None:
    a = np.array([[0, 1], [2, 3], [4, 5]], np.float32)
    by_digit, by_writer = groups_by_digit(np.array([4, 1, 4])), groups_by_writer(np.array([6, 6, 3]), chosen=1)
    figure = beside_figure(Beside(a, a + 10, by_digit, by_writer))
    assert [(trace.xaxis, trace.yaxis, trace.name, trace.x.tolist(), trace.y.tolist()) for trace in figure.data] == [
        ("x", "y", "1", [2], [3]),
        ("x", "y", "4", [0, 4], [1, 5]),
        ("x2", "y2", "1", [12], [13]),
        ("x2", "y2", "4", [10, 14], [11, 15]),
        ("x3", "y3", "others", [4], [5]),
        ("x3", "y3", "writer 6", [0, 2], [1, 3]),
        ("x4", "y4", "others", [14], [15]),
        ("x4", "y4", "writer 6", [10, 12], [11, 13]),
    ]
    titles, names = figure.layout.annotations[:4], figure.layout.annotations[4:]
    assert [title.text for title in titles] == [
        f"latent {letter}, by {what}" for what in ("digit", "writer") for letter in "AB"
    ]
    assert [(name.text, name.x, name.y, name.xref) for name in names] == [
        ("1", 2, 3, "x"),
        ("4", 2, 3, "x"),
        ("1", 12, 13, "x2"),
        ("4", 12, 13, "x2"),
    ]
    entries = [(trace.name, trace.legend) for trace in figure.data if trace.showlegend]
    assert entries == [("1", "legend"), ("4", "legend"), ("others", "legend2"), ("writer 6", "legend2")]
    assert figure.data[0].marker.color == figure.data[2].marker.color == LIGHT.digits[1]
    assert [trace.marker.opacity for trace in figure.data[:6]] == [0.9, 0.9, 0.9, 0.9, 0.15, 0.9]


def test_intervals_reach_from_low_to_high() -> None:
    k_means = Intervals("k-means", ["raw pixels", "latent B"], [0.25, 0.5], [0.125, 0.375], [0.5, 0.75])
    figure = intervals_figure(
        [k_means, Intervals("ward", ["latent B", "PCA"], [0.5, -0.25], [None] * 2, [None] * 2)],
        DARK.digits,
        (-0.25, 0.75),
        "AMI",
    )
    first, second = figure.data
    assert (first.name, list(first.x), list(first.y)) == ("k-means", [0.25, 0.5], ["raw pixels", "latent B"])
    assert (list(first.error_x.array), list(first.error_x.arrayminus)) == ([0.25, 0.25], [0.125, 0.125])
    assert (second.name, list(second.x), list(second.y)) == ("ward", [0.5, -0.25], ["latent B", "PCA"])
    assert (list(second.error_x.array), list(second.error_x.arrayminus)) == ([0, 0], [0, 0])
    assert first.marker.color == first.error_x.color == DARK.digits[0] != second.marker.color
    assert list(figure.layout.yaxis.categoryarray) == ["PCA", "latent B", "raw pixels"]  # from below
    assert figure.layout.xaxis.title.text == "AMI"
    assert list(figure.layout.xaxis.range) == [pytest.approx(-0.29), pytest.approx(0.79)]

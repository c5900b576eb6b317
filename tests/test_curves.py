"""The numbers that are drawn as curves."""

from wvae.curves import Curve, curves, curves_figure, metrics_csv

METRICS = [
    {"epoch": 1, "seconds": 2.0, "reconstruction": 300.0, "covariance": 0.0},
    {"epoch": 2, "seconds": 2.0, "reconstruction": 200.0, "covariance": 0.0, "new_term": 0.5},
]


def test_a_curve_for_each_term_that_is_not_always_zero() -> None:
    assert curves(METRICS) == [Curve("Reconstruction", [1, 2], [300.0, 200.0]), Curve("new term", [2], [0.5])]
    assert curves([]) == []


def test_each_curve_has_its_plot() -> None:
    figure = curves_figure(curves(METRICS), epochs=10, colour="#123456")
    assert [list(trace.y) for trace in figure.data] == [[300.0, 200.0], [0.5]]
    assert len({trace.xaxis for trace in figure.data}) == 2
    assert [title.text for title in figure.layout.annotations] == ["Reconstruction: 200", "new term: 0.5"]
    assert figure.layout.xaxis.range == (0.5, 10.5)
    assert {trace.line.color for trace in figure.data} == {"#123456"}


def test_rounding_is_drawn_as_a_straight_line() -> None:
    steady = Curve("KL of A", [1, 2, 3], [0.0336401, 0.0336402, 0.0336401])
    figure = curves_figure([steady, Curve("KL of B", [1, 2], [15.0, 16.0])], epochs=3, colour="#123456")
    low, high = figure.layout.yaxis.range
    assert high - low > 1000 * (max(steady.values) - min(steady.values))
    assert low < min(steady.values) < max(steady.values) < high
    assert figure.layout.yaxis2.range is None


def test_metrics_as_a_table() -> None:
    assert metrics_csv(METRICS) == (
        "epoch,seconds,reconstruction,covariance,new_term\n1,2.0,300.0,0.0,\n2,2.0,200.0,0.0,0.5\n"
    )

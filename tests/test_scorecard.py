import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from wvae.checkpoint import read_config
from wvae.digits import DigitSet
from wvae.errors import CheckpointError
from wvae.scorecard import RECORDED, clustering_lift, figures_of_merit, mean_picture_nats


def test_a_perfect_and_a_useless_model() -> None:
    probe = {"logistic": 0.05, "mlp": 0.11, "nearest_neighbours": 0.1}
    figures = {
        "reconstruction": {"reconstruction": 60.0},
        "digit_accuracy": 0.99,
        "leakage": {
            "digit_from_b": probe,
            "writer_from_b": probe | {"logistic": 0.4},
            "digit_chance": 0.1,
            "writer_chance": 0.01,
        },
        "named_axes": {"slant": 0.96, "thickness": 0.82},
    }
    perfect = figures_of_merit(figures)
    assert [merit.verdict for merit in perfect] == ["good"] * 5
    assert [merit.value for merit in perfect] == ["60.0", "99.0%", "11.0%", "40.0%", "0.82"]
    assert perfect[4].remark.endswith("near 1 is good. The weakest is thickness.")
    assert "slant 0.96, thickness 0.82. Good above 0.8, poor below 0.45." in perfect[4].meaning
    terms = ["nats", "Accuracy", "Leakage", "Writer identification", "R²"]
    for figure, term in zip(perfect, terms, strict=True):
        assert figure.remark.count("better") + figure.remark.count("good") == 1
        assert term in figure.meaning
        assert term not in figure.remark  # which is plain
        assert re.search("Good (above|below) [0-9.]+%?, poor (above|below) [0-9.]+", figure.meaning)
    assert "Good below 90, poor above 130." in perfect[0].meaning
    assert "Good above 95%, poor below 80%." in perfect[1].meaning
    assert "near chance, 10%, is good" in perfect[2].remark
    figures["reconstruction"]["reconstruction"] = 206.0  # type: ignore[index]
    figures["digit_accuracy"] = 0.1
    figures["leakage"]["digit_from_b"] = probe | {"mlp": 0.9}  # type: ignore[index]
    figures["leakage"]["writer_from_b"] = dict.fromkeys(probe, 0.01)  # type: ignore[index]
    figures["named_axes"]["thickness"] = 0.3  # type: ignore[index]
    assert [merit.verdict for merit in figures_of_merit(figures)] == ["poor"] * 5


def test_a_probe_that_did_not_converge_is_a_lower_bound() -> None:
    probe = {"logistic": 0.1, "mlp": 0.3, "nearest_neighbours": 0.2}
    leakage = {"digit_from_b": probe | {"not_converged": ["mlp"]}, "writer_from_b": probe | {"not_converged": []}}
    found = figures_of_merit({"leakage": leakage | {"digit_chance": 0.1, "writer_chance": 0.01}})
    assert [merit.value for merit in found] == ["≥ 30.0%", "30.0%"]


def test_what_was_not_measured_is_left_out() -> None:
    assert figures_of_merit({}) == []
    named = [merit.name for merit in figures_of_merit({"digit_accuracy": 0.85, "leakage": None, "named_axes": {}})]
    assert named == ["Digit from A"]


def test_the_shipped_models_have_all_figures() -> None:
    assert len(figures_of_merit(read_config("checkpoints/qmnist-10d")["figures"])) == 4


def test_clustering_lift_of_a_recorded_benchmark(tmp_path: Path) -> None:
    assert clustering_lift(tmp_path) is None
    line = {"representation": "latent B", "clusterer": "k-means", "fit": "transductive", "ratio": 1.3}
    lines = [line | {"representation": "latent A", "ratio": 9}, line | {"fit": "inductive", "ratio": 8}, line]
    (tmp_path / RECORDED).write_text(json.dumps({"summary": lines}))
    found = clustering_lift(tmp_path)
    assert found
    assert (found.value, found.verdict) == ("1.30", "good")
    projected = line | {"representation": "latent B, writer projection", "ratio": 1.1}
    (tmp_path / RECORDED).write_text(json.dumps({"summary": [line, projected]}))
    assert clustering_lift(tmp_path) == found._replace(value="1.10", verdict="fair")
    for others in (lines[:2], [line | {"ratio": None}]):
        (tmp_path / RECORDED).write_text(json.dumps({"summary": others}))
        assert clustering_lift(tmp_path) is None
    for text in ("", "[]", '{"summary": 3}', json.dumps({"summary": [line | {"ratio": "high"}]})):
        (tmp_path / RECORDED).write_text(text)
        with pytest.raises(CheckpointError, match="cannot be read"):
            clustering_lift(tmp_path)
    shipped = clustering_lift(Path("checkpoints/qmnist-1d"))
    assert shipped
    assert shipped.verdict == "poor"


def test_mean_picture_of_known_pixels() -> None:
    images = np.zeros((4, 28, 28), np.uint8)
    images[:2, 0, 0] = 255  # one pixel that is ink half of the time
    digits = DigitSet(images, np.zeros(4, int), np.zeros(4, int))
    assert mean_picture_nats(digits) == pytest.approx(math.log(2), abs=0.02)

from pathlib import Path

import numpy as np
import pytest

from wvae.projection import Projection
from wvae.shipped_layouts import FILE, layout_key, read_layout, write_layouts

ROWS = np.arange(0, 9000, 3)


def layout() -> Projection:
    return Projection(ROWS, np.random.default_rng(0).normal((5, -60), (10, 30), (len(ROWS), 2)).astype(np.float32))


def test_a_layout_comes_back_as_it_was_in_a_small_file(tmp_path: Path) -> None:
    made = layout()
    write_layouts(tmp_path, {"one": made, "other": Projection(ROWS, np.zeros((len(ROWS), 2), np.float32))})
    found, other = read_layout(tmp_path, "one", ROWS), read_layout(tmp_path, "other", ROWS)
    assert found
    assert other
    assert np.array_equal(found.rows, ROWS)
    assert found.positions.dtype == np.float32
    assert np.abs(found.positions - made.positions).max() < 1e-3 * np.ptp(made.positions[:, 1]) / 10
    assert not other.positions.any()
    assert (tmp_path / FILE).stat().st_size < 5 * len(ROWS)


def test_what_does_not_fit_is_not_there(tmp_path: Path) -> None:
    assert read_layout(tmp_path, "one", ROWS) is None
    write_layouts(tmp_path, {"one": layout()})
    assert read_layout(tmp_path, "other", ROWS) is None
    assert read_layout(tmp_path, "one", ROWS[1:]) is None
    content = (tmp_path / FILE).read_bytes()
    for damaged in (content[:-30], content[:200], b"", content.replace(content[500:520], bytes(20))):
        (tmp_path / FILE).write_bytes(damaged)
        assert read_layout(tmp_path, "one", ROWS) is None


def test_another_model_data_latent_method_or_sample_has_another_key() -> None:
    keys = [
        layout_key("weights", "data", "A", "t-SNE", ROWS),
        layout_key("others", "data", "A", "t-SNE", ROWS),
        layout_key("weights", "others", "A", "t-SNE", ROWS),
        layout_key("weights", "data", "B", "t-SNE", ROWS),
        layout_key("weights", "data", "A", "UMAP", ROWS),
        layout_key("weights", "data", "A", "t-SNE", ROWS[1:]),
    ]
    assert len(set(keys)) == len(keys)
    assert layout_key("weights", "data", "A", "t-SNE", ROWS.astype(np.int32)) == keys[0]


def test_other_settings_have_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = layout_key("weights", "data", "A", "t-SNE", ROWS)
    monkeypatch.setattr("wvae.shipped_layouts.method_settings", lambda method, rows: {"perplexity": 50})
    assert layout_key("weights", "data", "A", "t-SNE", ROWS) != before

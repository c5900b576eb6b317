import os
from pathlib import Path

import numpy as np
import pytest

from wvae import selections
from wvae.errors import ConfigError
from wvae.selections import NAME, keep, kept

ROWS = np.array([3, 5, 59_999])


def test_a_selection_is_found_by_its_name(tmp_path: Path) -> None:
    name = keep(tmp_path, "synthetic", 0, ROWS)
    assert NAME.fullmatch(name)
    assert name == keep(tmp_path, "synthetic", 0, ROWS) != keep(tmp_path, "synthetic", 0, ROWS[:2])
    assert kept(tmp_path, name, "synthetic", 0).tolist() == ROWS.tolist()


def test_other_digits_are_not_selected(tmp_path: Path) -> None:
    name = keep(tmp_path, "folder:mine", 7, ROWS)
    with pytest.raises(ConfigError, match=f"{name} is of other digits: folder:mine"):
        kept(tmp_path, name, "synthetic", 0)
    with pytest.raises(ConfigError, match="folder:mine as it was"):
        kept(tmp_path, name, "folder:mine", 8)


def test_what_is_not_there_or_damaged_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no selection #0123abcd here"):
        kept(tmp_path, "#0123abcd", "synthetic", 0)
    (tmp_path / "0123abcd.npz").write_bytes(b"PK damaged")
    with pytest.raises(ConfigError, match="There is no selection #0123abcd here"):
        kept(tmp_path, "#0123abcd", "synthetic", 0)


def test_a_selection_of_other_rows_than_its_name_says_is_refused(tmp_path: Path) -> None:
    name = keep(tmp_path, "synthetic", 0, np.array([1, 2]))
    np.savez(tmp_path / f"{name[1:]}.npz", source="synthetic", version=0, rows=np.array([10**9]))
    with pytest.raises(ConfigError, match="is damaged"):
        kept(tmp_path, name, "synthetic", 0)


def test_those_kept_longest_ago_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selections, "MOST_KEPT", 0.01)  # two blocks of a disk
    names = [keep(tmp_path, "synthetic", 0, ROWS[:n]) for n in (1, 2)]
    for name, time in zip(names, (2e9, 1e9), strict=True):  # written before the clock was set back
        os.utime(tmp_path / f"{name[1:]}.npz", (time, time))
    newest = keep(tmp_path, "synthetic", 0, ROWS)
    assert {path.stem for path in tmp_path.iterdir()} == {names[0][1:], newest[1:]}
    assert kept(tmp_path, newest, "synthetic", 0).tolist() == ROWS.tolist()

"""Folders of jobs as they are found; whole jobs are in the tests of their modules."""

from pathlib import Path

import pytest

from wvae.errors import ConfigError
from wvae.jobs import new_folder, read_status


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"state": "running"}', '{"state": "finished", "message": 3, "epoch": "x"}']
)
def test_a_damaged_status(text: str, tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text(text)
    status = read_status(tmp_path)
    assert not status.alive
    assert status.number("epoch") == 0
    assert status.progress == (1 if status.state == "finished" else None)


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../a", "a b", "ä", "-rf", "x" * 65, "a\n"])
def test_a_name_that_is_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="A name has"):
        new_folder(name, tmp_path)


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "checkpoints/shipped").mkdir(parents=True)
    assert new_folder("a.b_c-1", tmp_path / "runs", tmp_path / "checkpoints") == tmp_path / "runs/a.b_c-1"
    with pytest.raises(ConfigError, match="choose another name"):
        new_folder("shipped", tmp_path / "runs", tmp_path / "checkpoints")

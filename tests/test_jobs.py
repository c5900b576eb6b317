"""Folders of jobs as they are found; whole jobs are in the tests of their modules."""

from pathlib import Path

import pytest

from wvae.errors import ConfigError, WvaeError
from wvae.jobs import Status, folder_lock, is_alive, new_folder, read_status
from wvae.json_lines import append_line, read_lines


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


@pytest.mark.parametrize(
    ("fields", "progress"),
    [({"done": 3, "total": None}, None), ({"done": 3}, None), ({"done": 1, "total": 4}, 0.25), ({"total": 4}, 0)],
)
def test_progress_is_not_known_without_a_total(fields: dict[str, int | None], progress: float | None) -> None:
    assert Status(Path("x"), "running", "", fields).progress == progress


def test_a_lock_on_a_full_disk_is_one_sentence(small_disk: Path) -> None:
    (small_disk / "job").mkdir()
    with pytest.raises(OSError, match="No space"), open(small_disk / "filler", "wb") as filler:
        filler.write(bytes(2_000_000))
    full = pytest.raises(WvaeError, match=r"lock could not be written: No space left on device\.")
    with full, folder_lock(small_disk / "job"):
        pytest.fail("the lock does not say who holds it")
    assert not is_alive(small_disk / "job")


def test_a_folder_in_which_nothing_came_to_be_is_removed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError), folder_lock(tmp_path / "job"):
        raise ConfigError("there is nothing to do")
    assert not list(tmp_path.iterdir())


def test_a_torn_line_is_cut_before_the_next_is_added(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    append_line(path, {"epoch": 1})
    with open(path, "a") as file:
        file.write('{"epo')
    assert read_lines(path, dict[str, int]) == [{"epoch": 1}]
    append_line(path, {"epoch": 2})
    assert read_lines(path, dict[str, int]) == [{"epoch": 1}, {"epoch": 2}]

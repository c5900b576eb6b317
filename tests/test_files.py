import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from wvae.errors import ConfigError, WvaeError
from wvae.files import TEMPORARY, atomic_folder, atomic_write, read_file, remove_temporaries


def test_a_file_is_replaced_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with atomic_write(path) as temporary:
        temporary.write_text("first")
        assert not path.exists()
    with pytest.raises(ZeroDivisionError), atomic_write(path) as temporary:
        temporary.write_text(f"second, half {1 / 0}")
    assert path.read_text() == "first"
    assert [file.name for file in path.parent.iterdir()] == ["file"]


def test_a_full_disk_leaves_what_was_there(small_disk: Path) -> None:
    path = small_disk / "file"
    with atomic_write(path) as temporary:
        temporary.write_text("first")
    with pytest.raises(WvaeError, match="No space left on device"), atomic_write(path) as temporary:
        temporary.write_bytes(bytes(2_000_000))
    assert path.read_text() == "first"
    assert [file.name for file in small_disk.iterdir()] == ["file"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WvaeError, match="could not be written"), atomic_write(tmp_path / "file" / "below"):
        pass


def test_of_folders_written_at_once_under_one_name_one_comes_to_be_whole(tmp_path: Path) -> None:
    ready, ended = threading.Barrier(6), []

    def write(number: int) -> None:
        with suppress(ConfigError):
            with atomic_folder(tmp_path / "new") as folder:
                ready.wait()
                for name in ("a", "b", "c"):
                    (folder / name).write_text(str(number))
            ended.append(number)

    threads = [threading.Thread(target=write, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 1
    assert [path.read_text() for path in sorted((tmp_path / "new").iterdir())] == [str(ended[0])] * 3
    assert os.listdir(tmp_path) == ["new"]


def test_a_folder_that_is_not_written_to_the_end_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "new") as folder:
        (folder / "a").write_text(f"{1 / 0}")
    assert not list(tmp_path.iterdir())
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("link", "file"):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(ConfigError, match="already"), atomic_folder(tmp_path / name):
            pass


def test_what_killed_writers_left_is_removed_and_what_is_at_work_stays(tmp_path: Path) -> None:
    left = [tmp_path / f".a.1{TEMPORARY}", tmp_path / f".b.1{TEMPORARY}"]
    left[0].write_text("half")
    left[1].mkdir()
    (left[1] / "half").touch()
    with atomic_write(tmp_path / "file") as temporary, atomic_folder(tmp_path / "folder") as folder:
        remove_temporaries(tmp_path, seconds=60)
        assert all(path.exists() for path in left)  # they may be of somebody who has just begun
        for path in (*left, temporary, folder):
            os.utime(path, (time.time() - 100,) * 2)
        remove_temporaries(tmp_path, seconds=60)
        assert sorted(tmp_path.iterdir()) == sorted([temporary, folder])
        left[0].write_text("half, before the clock was set back")
        os.utime(left[0], (2e9, 2e9))
        remove_temporaries(tmp_path)
        assert not left[0].exists()
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_what_never_ends_or_is_too_large_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(bytes(1001))
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, Path("a\0b"), tmp_path / "file"):
        with pytest.raises(OSError):  # noqa: PT011
            read_file(path, 0.001)
    (tmp_path / "file").write_bytes(bytes(1000))
    assert read_file(tmp_path / "file", 0.001) == bytes(1000)

from pathlib import Path

import pytest

from wvae.errors import WvaeError
from wvae.files import atomic_write


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

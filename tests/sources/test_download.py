import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import wvae.sources
from wvae.errors import DataError, WvaeError
from wvae.sources.download import CHUNK, download

CONTENT = np.random.default_rng(0).bytes(5 * CHUNK + 123)
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "file.bin"


@pytest.fixture
def closed_address():
    """An address where nothing answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}/file.bin"


@pytest.fixture
def url(file_server):
    file_server.files["file.bin"] = CONTENT
    return file_server.url("file.bin")


def part_of(path, content):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(content)


def names(path):
    return sorted(file.name for file in path.parent.iterdir())


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_file_is_fetched_whole_and_reported(url, path, algorithm):
    reports = []
    digest = f"{algorithm}:{hashlib.new(algorithm, CONTENT).hexdigest()}"
    download([url], path, digest=digest, report=lambda *report: reports.append(report))
    assert path.read_bytes() == CONTENT
    assert names(path) == ["file.bin"]
    assert [done for done, _ in reports] == [0, *range(CHUNK, len(CONTENT), CHUNK), len(CONTENT)]
    assert {total for _, total in reports} == {len(CONTENT)}


def test_of_a_file_of_unknown_length_no_total_is_reported(url, path, file_server):
    file_server.length = False
    reports = []
    download([url], path, digest=DIGEST, report=lambda *report: reports.append(report))
    assert path.read_bytes() == CONTENT
    assert reports[0] == (0, None)
    assert reports[-1] == (len(CONTENT), None)
    assert {total for _, total in reports} == {None}


def test_a_file_that_is_there_is_not_asked_for_again(url, path, file_server):
    download([url], path, digest=DIGEST)
    download([url], path, digest=DIGEST)
    assert len(file_server.seen) == 1


def test_a_killed_download_leaves_a_part_and_goes_on_with_the_rest(url, path, file_server):
    file_server.hold = 3 * CHUNK
    program = (
        "import sys; from pathlib import Path; from wvae.sources.download import download; "
        "download([sys.argv[1]], Path(sys.argv[2]), digest=sys.argv[3])"
    )
    package_root = str(Path(wvae.sources.__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", program, url, str(path), DIGEST], env={**os.environ, "PYTHONPATH": package_root}
    )
    part = path.with_name("file.bin.part")
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size == 3 * CHUNK):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert names(path) == ["file.bin.part"]

    file_server.hold = None
    reports = []
    download([url], path, digest=DIGEST, report=lambda *report: reports.append(report))
    assert path.read_bytes() == CONTENT
    assert names(path) == ["file.bin"]
    assert file_server.seen == [("file.bin", None), ("file.bin", f"bytes={3 * CHUNK}-")]
    assert reports[0] == (3 * CHUNK, len(CONTENT))


def test_a_broken_connection_goes_on_at_the_next_address(url, path, file_server):
    file_server.cut = 2 * CHUNK
    with pytest.raises(DataError, match=rf"broke after {2 * CHUNK} of {len(CONTENT)} bytes.*What came so far is kept"):
        download([url], path, digest=DIGEST)
    assert names(path) == ["file.bin.part"]
    file_server.cut = None
    download([file_server.url("gone.bin"), url], path, digest=DIGEST)
    assert path.read_bytes() == CONTENT
    assert file_server.seen[-1] == ("file.bin", f"bytes={2 * CHUNK}-")


def test_a_server_without_ranges_sends_all_again(url, path, file_server):
    part_of(path, CONTENT[:1000])
    file_server.ranges = False
    download([url], path, digest=DIGEST)
    assert path.read_bytes() == CONTENT
    assert file_server.seen == [("file.bin", "bytes=1000-")]


@pytest.mark.parametrize("left", [CONTENT, CONTENT + b"more"], ids=["whole", "too long"])
def test_a_part_with_nothing_left_to_ask_for(url, path, file_server, left):
    part_of(path, left)
    download([url], path, digest=DIGEST)
    assert path.read_bytes() == CONTENT
    assert names(path) == ["file.bin"]


def test_another_content_is_refused_and_nothing_is_left(url, path, file_server):
    file_server.files["file.bin"] = CONTENT[:-1] + b"?"
    with pytest.raises(
        DataError, match=rf"file\.bin could not be fetched .*another file than the one published.*{DIGEST}"
    ):
        download([url], path, digest=DIGEST)
    assert names(path) == []


def test_after_another_content_the_next_address_is_tried(url, path, file_server):
    file_server.files["moved.bin"] = b"something else"
    download([file_server.url("moved.bin"), url], path, digest=DIGEST)
    assert path.read_bytes() == CONTENT


def test_a_web_page_in_the_place_of_the_file_does_not_cost_what_came_so_far(url, path, file_server):
    part_of(path, CONTENT[:1000])
    file_server.media_type, file_server.ranges = "text/html; charset=utf-8", False
    with pytest.raises(DataError, match="a web page instead of the file"):
        download([url], path, digest=DIGEST)
    assert path.with_name("file.bin.part").read_bytes() == CONTENT[:1000]


def test_an_address_that_is_down_is_passed_over(url, path, closed_address):
    download([closed_address, url], path, digest=DIGEST)
    assert path.read_bytes() == CONTENT


def test_when_no_address_answers_each_is_named(path, closed_address, file_server):
    missing = file_server.url("missing.bin")
    with pytest.raises(DataError, match=rf"{closed_address}: .*refused.*; {missing}: .*404"):
        download([closed_address, missing], path, digest=DIGEST)
    assert not path.parent.exists()


def test_an_address_that_falls_silent_is_given_up(url, path, file_server, monkeypatch):
    monkeypatch.setattr("wvae.sources.download.TIMEOUT", 0.2)
    file_server.hold = CHUNK
    with pytest.raises(DataError, match="timed out"):
        download([url], path, digest=DIGEST)
    assert path.with_name("file.bin.part").read_bytes() == CONTENT[:CHUNK]


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of one mebibyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid():
        pytest.skip("only root can mount the small disk that this test fills")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_told_in_a_sentence(url, small_disk):
    with pytest.raises(WvaeError, match=r"file\.bin\.part could not be written \(No space left on device\): make room"):
        download([url], small_disk / "file.bin", digest=DIGEST)
    assert not (small_disk / "file.bin").exists()

"""Downloads that resume, are checked against a digest, and leave nothing half-made."""

import hashlib
import os
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from wvae.errors import DataError, WvaeError

Report = Callable[[int, int | None], None]
"""Called with the bytes that are here and the bytes in all (None: not known)."""

TIMEOUT = 30.0
"""Seconds without a byte after which an address is given up."""

CHUNK = 1 << 18
"""Bytes between two reports."""


def download(urls: Sequence[str], path: Path, *, digest: str, report: Report | None = None) -> None:
    """Fetch a file from the first address that gives it.

    The bytes gather in ``path`` + ``.part``, so that a broken or killed download goes on where it
    stopped, from whichever address answers; only a whole file of the right digest becomes ``path``.

    Args:
        urls: addresses of the same file, tried in turn.
        path: where the file shall be; a file there of that digest is kept as it is.
        digest: ``md5:...`` or ``sha256:...``, in hexadecimal.
        report: called as bytes arrive.

    Raises:
        DataError: no address gave a file of that digest.
        WvaeError: the disk is full or cannot be written.
    """
    try:
        _download(urls, path, digest, report or (lambda done, total: None))
    except OSError as error:
        raise WvaeError(f"{path} could not be written or read: {error.strerror or error}.") from error


def _download(urls: Sequence[str], path: Path, digest: str, report: Report) -> None:
    """As :func:`download`.

    Raises:
        OSError: a file on this machine cannot be written or read.
    """
    if path.exists() and _digest(path, digest) == digest:
        return
    part = path.with_name(f"{path.name}.part")
    failures = []
    for url in urls:
        try:
            _complete(url, part, report)
        except (OSError, HTTPException) as error:
            failures.append(f"{url}: {error or type(error).__name__}")
            continue
        found = _digest(part, digest)
        if found == digest:
            os.replace(part, path)
            return
        part.unlink()
        failures.append(f"{url}: another file than the one published ({found}, not {digest})")
    kept = " What came so far is kept." if part.exists() else ""
    raise DataError(f"{path.name} could not be fetched ({'; '.join(failures)}): try again later.{kept}")


def _complete(url: str, part: Path, report: Report) -> None:
    """Add to ``part`` the bytes it lacks.

    Raises:
        OSError, HTTPException: the address does not answer, or not to the end.
        WvaeError: ``part`` cannot be written.
    """
    done = part.stat().st_size if part.exists() else 0
    with _open(url, done) as response:
        # Where a file has moved away, some servers send a page in its place.
        if response.headers.get_content_type() == "text/html":
            raise HTTPException("a web page instead of the file")
        if response.status != 206:  # the server sends all of it, whatever was asked
            part.unlink(missing_ok=True)
            done = 0
        length = response.headers["Content-Length"]
        total = done + int(length) if length else None
        report(done, total)
        _append(part, b"")
        while chunk := response.read(CHUNK):
            _append(part, chunk)
            done += len(chunk)
            report(done, total)
    if total is not None and done < total:
        raise HTTPException(f"the connection broke after {done} of {total} bytes")


def _open(url: str, start: int) -> HTTPResponse:
    """The answer to a request for the bytes from ``start`` on, or for all of them if there is none there."""
    ranged = Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        return urlopen(ranged, timeout=TIMEOUT)
    except HTTPError as error:
        if not (start and error.code == 416):
            raise
    return urlopen(url, timeout=TIMEOUT)


def _append(part: Path, chunk: bytes) -> None:
    # Opened for each chunk, so that an error of the disk is not taken for one of the network.
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "ab") as file:
            file.write(chunk)
    except OSError as error:
        raise WvaeError(
            f"{part} could not be written ({error.strerror}): make room there and start again, "
            "it goes on from where it stopped."
        ) from error


def _digest(path: Path, like: str) -> str:
    """The file's digest, by the algorithm that ``like`` names."""
    algorithm = like.partition(":")[0]
    with open(path, "rb") as file:
        return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"

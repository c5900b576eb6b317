"""Read one part of EMNIST's digits from a MATLAB file: a script of its own, with limits on memory and time.

``python -I read_matlab.py FILE PART`` writes images, labels and writers as ``.npz`` to its output. SciPy's reader runs
compiled code that believes what a file says of itself: a changed byte can end the interpreter or take all memory, and
must not take those who look at other things with it. Nothing else of wvae is imported here, so it starts quickly.
"""

import io
import resource
import sys
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile

MAT = "emnist-digits.mat"

MEGABYTES = 800
"""Of memory; NIST's 240,000 digits take 340."""

SECONDS = 30
"""Of a processor; they take three."""

FIELDS = ("images", "labels", "writers")

INCOMPLETE = 3
"""The exit status of a file that lacks some of them, whose names are then in the standard error."""


def main(path: Path, part: str) -> int:
    import numpy as np
    import scipy.io

    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES * 1_000_000,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    file = io.BytesIO(from_archive(path)) if path.suffix == ".zip" else path
    content = scipy.io.loadmat(file, variable_names=["dataset"], squeeze_me=True, struct_as_record=False)
    half = getattr(content["dataset"], part)
    if missing := [name for name in FIELDS if not hasattr(half, name)]:
        print(*missing, file=sys.stderr)
        return INCOMPLETE
    arrays: dict[str, Any] = {name: np.atleast_1d(getattr(half, name)) for name in FIELDS}
    if any(array.dtype.kind not in "uif" for array in arrays.values()):
        raise ValueError("no numbers")
    np.savez(sys.stdout.buffer, **arrays)
    return 0


def from_archive(path: Path) -> bytes:
    """The MATLAB file in NIST's archive."""
    with ZipFile(path) as archive:
        return archive.read(next(name for name in archive.namelist() if PurePosixPath(name).name == MAT))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))

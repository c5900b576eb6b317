"""A full disk, a disk that cannot be written, files that vanish: a sentence of our own, and the old state whole."""

import hashlib
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.forked import BENCHMARK, HERE, TRAINING
from tests.random_kills import original
from wvae.benchmark_job import part_folder, resume_benchmark, run_benchmark, start_benchmark
from wvae.benchmark_results import delete_result
from wvae.cli import main
from wvae.download_job import run_fetch, start_fetch
from wvae.errors import WvaeError
from wvae.jobs import delete_folder, folder_lock, write_job
from wvae.locks import device_lock, take_lock
from wvae.model_catalogue import add_model, rename_model
from wvae.own_digits import (
    Picture,
    keep_picture,
    link_folder,
    remove_own_folder,
    remove_picture,
    rename_own_folder,
    save_archive,
    save_pictures,
)
from wvae.selections import keep
from wvae.sources import load_digits
from wvae.sources.download import download
from wvae.training import Progress
from wvae.training_job import KIND, resume_run, run_training, start_run
from wvae.training_queue import enqueue, start_next, stop_run
from wvae.training_run import TrainingJob, list_runs, stop_after_epoch

WEIGHTS = HERE / "checkpoints/synthetic-10d/model.safetensors"
ANYWHERE = "http://127.0.0.1:9/file"
"""Nobody answers there; what is downloaded fails before that is noticed, or then."""


def drawing(shift: int) -> Picture:
    image = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(image).line([(20 + shift, 10), (32, 50)], fill=0, width=5)
    file = io.BytesIO()
    image.save(file, "PNG")
    return Picture("a.png", file.getvalue(), 1, shift)


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("labels.csv", "file,digit,writer\na.png,1,2\n")
        packed.writestr("a.png", drawing(0).content)
    return file.getvalue()


ACTIONS: dict[str, Callable[[Path], object]] = {
    "train": lambda home: run_training(TRAINING, home / "new", device="cpu"),
    "train on": lambda home: run_training(TRAINING, home / "stopped", device="cpu", resume=True),
    "start": lambda home: start_run(TRAINING, home / "new", device="cpu"),
    "resume": lambda home: resume_run(home / "stopped"),
    "stop a queued run": lambda home: stop_run(home / "queued"),
    "stop after an epoch": lambda home: stop_after_epoch(home / "stopped"),
    "start the next": start_next,
    "cluster": lambda home: run_benchmark(BENCHMARK, home / "new.json"),
    "start to cluster": lambda home: start_benchmark(BENCHMARK, home / "new.json"),
    "resume a benchmark": lambda home: resume_benchmark(part_folder(home / "result.json")),
    "fetch": lambda home: run_fetch("qmnist:train", home),
    "start to fetch": lambda home: start_fetch("qmnist:train", home),
    "download": lambda home: download([ANYWHERE], home / "file", digest="md5:0"),
    "upload a model": lambda home: add_model("a.safetensors", WEIGHTS.read_bytes(), home / "new"),
    "import": lambda home: import_original(home / "model"),
    "rename a model": lambda home: rename_model(home / "stopped", "new"),
    "upload digits": lambda home: save_archive(archive(), "new", home),
    "upload pictures": lambda home: save_pictures([drawing(0)], "new", home),
    "keep a picture": lambda home: keep_picture(drawing(2), "mine", home),
    "remove a picture": lambda home: remove_picture("folder:mine", 0, home),
    "rename digits": lambda home: rename_own_folder("folder:mine", "new", home),
    "list a folder": lambda home: link_folder(home / "mine", "new", home),
    "select": lambda home: keep(home, "synthetic", 0, np.arange(9)),
    "lock a device": lambda home: device_lock(home, "cpu", "mine", print).__enter__(),
}
NEED_NO_ROOM = ("stop after an epoch", "stop a queued run", "start the next", "lock a device")
DELETIONS: dict[str, Callable[[Path], object]] = {
    "delete a run": lambda home: delete_folder(home / "stopped"),
    "delete digits": lambda home: remove_own_folder("folder:mine", home),
    "delete a result": lambda home: delete_result(home / "result.json"),
}


def import_original(out: Path) -> None:
    """Through the command line, which says a sentence and ends with 2."""
    file = out.parent.parent / "model1.npz"  # on a disk with room
    file.write_bytes(original())
    if main(["import", str(file), "--out", str(out)]):
        raise WvaeError("said")


def furnish(home: Path) -> None:
    """A run that was stopped after its first epoch, one that is queued, a benchmark that was stopped, and digits."""

    def stop(progress: Progress) -> None:
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        run_training(TRAINING, home / "stopped", device="cpu", report=stop)
    with folder_lock(home / "queued"):
        write_job(home / "queued", KIND, TrainingJob(TRAINING, device="cpu"))
        enqueue(home / "queued", "cpu")

    def stop_clustering(*_: object) -> None:
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        run_benchmark(BENCHMARK, home / "result.json", report=stop_clustering)
    save_pictures([drawing(0), drawing(1)], "mine", home)
    (home / "result.json").write_text("{}")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("furnished")
    furnish(home)
    return home


@pytest.fixture
def disk(tmp_path: Path, furnished: Path) -> Iterator[Path]:
    """A real disk of little room, with what was furnished on it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a disk to fill or to lock")
    shutil.copytree(furnished, disk, dirs_exist_ok=True)
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> None:
    with suppress(OSError), open(disk / "filling", "ab", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def contents(home: Path) -> dict[str, str]:
    """Digests of what is to be lost by nobody: all but what jobs say of themselves."""
    passing = ("lock", ".lock", "status.json", "log.txt", "console.txt", "stop", "queued", "filling")
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and not path.name.endswith(passing)
    }


def sentence(name: str, action: Callable[[Path], object], home: Path) -> str | None:
    """What an action says went wrong, None if it went well."""
    try:
        action(home)
    except WvaeError as error:
        return str(error)
    except BaseException as error:
        raise AssertionError(name) from error
    return None


def test_on_a_full_disk_all_say_so_and_nothing_is_lost(disk: Path) -> None:
    before = contents(disk)
    for name, action in ACTIONS.items():
        if name == "resume a benchmark":  # for which it finds room in what it removes; its process fails later
            continue
        fill(disk)
        said = sentence(name, action, disk)
        after = contents(disk)
        if name in ("rename a model", "rename digits"):  # for which there is room
            assert sorted(after.values()) == sorted(before.values())
            before = after
        else:
            assert said or name in NEED_NO_ROOM, f"{name} said nothing"
            assert after == before, name


def test_a_full_disk_can_be_cleared(disk: Path) -> None:
    fill(disk)
    for name, action in DELETIONS.items():
        assert sentence(name, action, disk) is None, name
        fill(disk)
    assert not [path.name for path in disk.iterdir() if path.name in ("stopped", "mine", "result.json")]


def test_on_a_disk_that_cannot_be_written_all_say_so(disk: Path) -> None:
    before = contents(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for name, action in (ACTIONS | DELETIONS).items():
        assert sentence(name, action, disk), f"{name} said nothing"
    assert contents(disk) == before
    states = {run.name: run.state for run in list_runs(disk)}
    assert (states["queued"], states["stopped"]) == ("waiting", "stopped")
    assert len(load_digits("folder:mine", disk)) == 2


def test_the_lock_of_a_device_that_vanishes_while_it_is_waited_for(tmp_path: Path) -> None:
    heard = []

    def told(other: str) -> None:
        heard.append(other)
        if len(heard) == 1:
            (tmp_path / ".cpu.lock").unlink()
        else:
            first.close()

    first = ExitStack()
    first.enter_context(device_lock(tmp_path, "cpu", "first", told))
    with device_lock(tmp_path, "cpu", "second", told):
        assert heard == ["first", "another run"]


def test_a_folder_that_vanishes_while_its_lock_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two looks that mkdir takes: whether it is there, and whether it is a folder."""
    folder = tmp_path / "run"
    folder.mkdir()
    is_dir = Path.is_dir

    def vanishing(path: Path) -> bool:
        if path == folder and is_dir(path):
            folder.rmdir()
        return is_dir(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "is_dir", vanishing)
        take_lock(folder / "lock").close()
    assert (folder / "lock").exists()
    (tmp_path / "file").touch()
    with pytest.raises(WvaeError, match="could not be written"):
        take_lock(tmp_path / "file" / "lock")

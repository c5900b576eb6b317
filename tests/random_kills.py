"""Work that is killed at random instants: what it must leave, how it goes on, and what it must end in."""

import hashlib
import io
import json
import os
import shutil
import signal
import time
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from tests.forked import BENCHMARK, HERE, TRAINING, in_child, wait
from wvae.benchmark_job import part_folder, run_benchmark
from wvae.benchmark_results import Row, read_result
from wvae.checkpoint import CONFIG, WEIGHTS, load_checkpoint, read_config, read_tensors, save_checkpoint, write_tensors
from wvae.cli import main
from wvae.errors import ConfigError
from wvae.files import TEMPORARY, remove_temporaries
from wvae.jobs import JOB
from wvae.json_lines import read_lines
from wvae.model import WVAE, ModelConfig, build_model
from wvae.model_catalogue import add_model
from wvae.original_models import LAYERS
from wvae.own_digits import Picture, keep_picture, own_folders, save_archive
from wvae.sources import load_digits
from wvae.sources.download import CHUNK, download
from wvae.training import STATE, Progress, StateConfig, epochs_done
from wvae.training_job import run_training
from wvae.training_run import METRICS, STATE_FOLDER, read_metrics

SHIPPED = HERE / "checkpoints/synthetic-10d"
LONGER = replace(TRAINING, training=replace(TRAINING.training, epochs=6))
CONTENT = np.random.default_rng(0).bytes(40 * CHUNK + 123)
"""Of the file that is downloaded."""
TRIES = 20
"""How often a kill is tried that came when all was done."""

Done = Callable[[], None]


class Work(NamedTuple):
    """Something that writes to a folder.

    ``do`` does it, or goes on with what a kill has left, and says when another part of it (an epoch, a row, a chunk)
    is done; ``kept`` checks what a kill has left and counts the parts that are kept; ``result`` is what it ends in.
    """

    do: Callable[[Path, Done], None]
    kept: Callable[[Path], int]
    result: Callable[[Path], object]


def train(home: Path, done: Done) -> None:
    def report(progress: Progress) -> None:
        if progress.images == progress.n_images:
            done()

    run_training(LONGER, home / "run", device="cpu", resume=(home / "run" / JOB).exists(), report=report)


def epochs_kept(home: Path) -> int:
    folder = home / "run"
    lines = len(read_metrics(folder)) if (folder / METRICS).exists() else 0
    if (folder / WEIGHTS).exists():
        load_checkpoint(folder)
        return LONGER.training.epochs
    kept = epochs_done(folder / STATE_FOLDER)
    assert lines in (kept, kept + 1)
    return kept


def trained(home: Path) -> object:
    folder = home / "run"
    return weights(folder), read_config(folder)["figures"], [line["epoch"] for line in read_metrics(folder)]


def weights(folder: Path) -> str:
    """A digest of the weights of a checkpoint."""
    sha = hashlib.sha256()
    for value in load_checkpoint(folder).state_dict().values():
        sha.update(value.numpy().tobytes())
    return sha.hexdigest()


def cluster(home: Path, done: Done) -> None:
    if not (home / "result.json").exists():
        run_benchmark(BENCHMARK, home / "result.json", report=lambda row, fraction: done())


def rows_kept(home: Path) -> int:
    if (home / "result.json").exists():
        return len(read_result(home / "result.json").rows)
    return sum(len(read_lines(path, Row)) for path in part_folder(home / "result.json").glob("rows-*"))


def clustered(home: Path) -> object:
    return [(row.key, row.labels) for row in read_result(home / "result.json").rows]


def fetch(url: str, home: Path, done: Done) -> None:
    digest = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    download([url], home / "file.bin", digest=digest, report=lambda here, total: here and done())


def chunks_kept(home: Path) -> int:
    if (home / "file.bin").exists():
        assert (home / "file.bin").read_bytes() == CONTENT
        return len(CONTENT)
    part = home / "file.bin.part"
    content = part.read_bytes() if part.exists() else b""
    assert CONTENT.startswith(content)
    return len(content) // CHUNK


@cache
def original() -> bytes:
    """The file of a model of the article's kind."""
    sizes = {"le1": (200, 784), "ld1_a": (200, 2), "ld1_b": (200, 3), "ld2": (784, 200), "l_c": (10, 2)}
    sizes |= {f"le2_{kind}_{letter}": (n, 200) for kind in ("mu", "ln_var") for letter, n in (("a", 2), ("b", 3))}
    assert sizes.keys() == LAYERS.keys()
    rng = np.random.default_rng(0)
    arrays = {f"{name}/W": rng.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    file = io.BytesIO()
    np.savez_compressed(file, **arrays, **{f"{name}/b": np.zeros(size[0], np.float32) for name, size in sizes.items()})
    return file.getvalue()


def import_original(home: Path, done: Done) -> None:
    (home / "model1.npz").write_bytes(original())
    with redirect_stdout(None):
        assert main(["import", str(home / "model1.npz"), "--out", str(home / "model")]) == 0


def model_kept(home: Path) -> int:
    """No model, or a whole one; without its weights it is none."""
    if not (home / "model" / WEIGHTS).exists():
        return 0
    load_checkpoint(home / "model")
    return 1


def model_made(home: Path) -> object:
    return weights(home / "model"), read_config(home / "model") if (home / "model" / CONFIG).exists() else None


def upload_model(home: Path, done: Done) -> None:
    with suppress(ConfigError):  # the name is taken where an earlier upload came to its end
        add_model("mine.safetensors", (SHIPPED / WEIGHTS).read_bytes(), home / "model")


@cache
def large_model() -> WVAE:
    """So large that to write it takes a while."""
    return build_model(ModelConfig(2, 3, 2000), 0)


OLD, NEW = {"epochs_done": 1}, {"epochs_done": 2}


def save(home: Path, done: Done) -> None:
    """A new model, and a training state in place of an older one."""
    save_checkpoint(home / "model", large_model(), {"imported": {"file": "mine"}})
    for state in (OLD, NEW):
        write_tensors(home / STATE, large_model().state_dict(), {"model": {}, **state})


def saved_whole(home: Path) -> int:
    if (home / STATE).exists():
        state = read_tensors(home / STATE, StateConfig)
        assert state.config["epochs_done"] in (1, 2)
        assert all(state.tensors[name].equal(value) for name, value in large_model().state_dict().items())
    return model_kept(home)


def saved(home: Path) -> object:
    return model_made(home), hashlib.sha256((home / STATE).read_bytes()).hexdigest()


@cache
def drawn(number: int) -> bytes:
    image = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(image).line([(80 + number, 30), (100, 170)], fill=0, width=12)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@cache
def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("labels.csv", "file,digit,writer\n" + "".join(f"{n}.png,1,{n}\n" for n in range(8)))
        for number in range(8):
            packed.writestr(f"{number}.png", drawn(number))
    return file.getvalue()


def upload_digits(home: Path, done: Done) -> None:
    with suppress(ConfigError):  # the name is taken where an earlier upload came to its end
        save_archive(archive(), "mine", home)


def digits_kept(home: Path) -> int:
    return len(load_digits("folder:mine", home)) if own_folders(home) else 0


def digits_uploaded(home: Path) -> object:
    return load_digits("folder:mine", home).digest()


DRAWN = 6


def keep_drawn(home: Path, done: Done) -> None:
    for number in range(digits_kept(home), DRAWN):
        keep_picture(Picture("drawn.png", drawn(number), number % 10, 1), "mine", home)
        done()


def works(url: str) -> dict[str, Work]:
    """By name; ``url`` is the address of a file of :data:`CONTENT`."""
    return {
        "training": Work(train, epochs_kept, trained),
        "benchmark": Work(cluster, rows_kept, clustered),
        "download": Work(partial(fetch, url), chunks_kept, chunks_kept),
        "import": Work(import_original, model_kept, model_made),
        "keeping a drawn digit": Work(keep_drawn, digits_kept, digits_uploaded),
        "upload of a model": Work(upload_model, model_kept, model_made),
        "upload of digits": Work(upload_digits, digits_kept, digits_uploaded),
        "saving": Work(save, saved_whole, saved),
    }


class Killed(NamedTuple):
    """How many parts of it a process had said were done when it was killed; None if it had come to its end."""

    parts: int | None


def kill_at(work: Work, home: Path, instant: float) -> Killed:
    """Begin a work in a process of its own, and kill it so many seconds later."""
    said, saying = os.pipe()
    child = in_child(lambda: _begin(work, home, saying))
    os.close(saying)
    with open(said, "rb") as heard:
        heard.read(1)  # it begins
        time.sleep(instant)
        os.kill(child, signal.SIGKILL)
        ended = wait(child)
        parts = len(heard.read())
    assert ended in (0, -signal.SIGKILL), ended
    return Killed(None if ended == 0 else parts)


def _begin(work: Work, home: Path, saying: int) -> None:
    os.write(saying, b".")
    work.do(home, lambda: os.write(saying, b"."))


def finish(work: Work, home: Path) -> float:
    """Do what is left in a process of its own; the seconds it took."""
    started = time.perf_counter()
    assert wait(in_child(lambda: work.do(home, lambda: None))) == 0
    return time.perf_counter() - started


def kill_at_random_instants(home: Path, url: str, kills: int) -> None:
    """Kill the works in turn, each time at another instant, and check what is left and what it ends in."""
    for made in (original, large_model, archive):  # once for all processes
        made()
    rng = np.random.default_rng(0)
    chosen = list(works(url).items())[:kills]
    unbroken: dict[str, tuple[float, object]] = {}
    for name, work in chosen:
        (home / name).mkdir()
        unbroken[name] = finish(work, home / name), work.result(home / name)
    table: dict[str, list[Any]] = {name: [] for name, _ in chosen}
    for number in range(kills):
        name, work = chosen[number % len(chosen)]
        table[name].append(_killed_once(work, home / f"{name} {number}", *unbroken[name], rng))
    (home / "table.json").write_text(json.dumps(table))


def _killed_once(work: Work, home: Path, seconds: float, expected: object, rng: np.random.Generator) -> dict[str, Any]:
    for _ in range(TRIES):
        home.mkdir()
        instant = rng.uniform(0, seconds)
        killed = kill_at(work, home, instant)
        if killed.parts is not None:
            break
        shutil.rmtree(home)
    else:
        raise AssertionError(f"{home} was always done before it could be killed")
    kept = work.kept(home)
    assert kept >= killed.parts - 1, (home, killed, kept)
    finish(work, home)
    assert work.result(home) == expected, home
    for folder in (home, *home.glob("*/")):  # as the start of a dashboard does
        remove_temporaries(folder)
    assert not list(home.rglob(f"*{TEMPORARY}")), home
    return {"instant": round(instant, 3), "done": killed.parts, "kept": kept}

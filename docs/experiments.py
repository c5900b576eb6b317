"""Make every table of experiments.md: train the models that are not there, cluster, and print Markdown.

    python docs/experiments.py FOLDER

Models and results are kept in FOLDER, so that a second call goes on. Data lie where ``WVAE_DATA`` says, and the
article's own model in FOLDER as ``original-1d``, put there by ``python -m wvae import``.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wvae import DigitSet, load_checkpoint, load_digits, writer_split
from wvae.checkpoint import read_config
from wvae.clustering import Result, Row, Summary, benchmark, environment, read_result, summarise, write_result
from wvae.jobs import TrainingRun, run_training
from wvae.representations import check_protocol, representations
from wvae.training import preset

SOURCE = "qmnist:train"
SPLITS = range(5)
SEEDS, FEW_SEEDS = 20, 1
"""Starts of each clusterer; one of what takes up to a minute each. The intervals are over draws of writers."""

BOTH = ("k-means", "gaussian mixture")
FULL = ("full gaussian mixture",)
EXTRAS = ("ward", "hdbscan", "spectral")
MODELS = {
    "10 + 10, disjoint": ("disjoint", 10),
    "10 + 10, article": ("article", 10),
    "1 + 1, article": ("article", 1),
    "the article's own 1 + 1": ("original", 1),
    "1 + 1, disjoint": ("disjoint", 1),
}


def model_folder(folder: Path, protocol: str, dimensions: int, split: int) -> Path:
    """A checkpoint of the article's preset, trained if it is not there."""
    if protocol == "disjoint" and split == 0:
        return Path(f"checkpoints/qmnist-{dimensions}d")
    if protocol == "original":
        return folder / "original-1d"
    made = folder / f"{protocol}-{dimensions}d-split{split}"
    if not (made / "model.safetensors").exists():
        start = preset("article")
        model = replace(start.model, latent_a=dimensions, latent_b=dimensions)
        run = TrainingRun("article", model, start.training, SOURCE, 100, split, protocol)
        run_training(run, made, resume=True)
    return made


def cluster(file: Path, digits: DigitSet, split: int, checkpoint: Path | None, *work: tuple) -> list[Row]:
    """The rows of one draw of writers, made if they are not in ``file``."""
    if file.exists():
        return read_result(file).rows
    print(file.stem, file=sys.stderr, flush=True)
    parted, rows = writer_split(digits, 100, split), {}
    protocol, known = "disjoint", representations(None)
    if checkpoint:
        config = read_config(checkpoint)
        protocol = "article" if "imported" in config else config["data"].get("protocol", "disjoint")
        check_protocol(config, SOURCE, digits, parted, protocol)
        known = {name: each for name, each in representations(load_checkpoint(checkpoint)).items() if name not in known}
    for names, clusterers, fits, seeds in work:
        chosen = {name: each for name, each in known.items() if not names or name in names}
        how = {"protocol": protocol, "clusterers": clusterers, "fits": fits, "seeds": seeds}
        rows |= {row.key: row for row in benchmark(chosen, digits, parted, **how)}
    config = {
        "source": SOURCE,
        "writers": 100,
        "split_seed": split,
        "protocol": protocol,
        "checkpoint": str(checkpoint),
    }
    write_result(file, Result(config, environment(), digits.writers[parted.test], list(rows.values())))
    return list(rows.values())


def line(name: str, found: Summary) -> str:
    """A line of a table in Markdown."""

    def cell(metric: str) -> str:
        value = found.metrics[metric]
        return f"{value.mean:.3f}" if value.low is None else f"{value.mean:.3f} ({value.low:.3f} to {value.high:.3f})"

    less = found.difference["ami"] if found.difference and found.representation != "raw pixels" else None
    paired = f"{less.mean:+.3f} ({less.low:+.3f} to {less.high:+.3f})" if less else ""
    ratio = f"{found.ratio:.2f}" if found.ratio else ""
    scores = [cell(metric) for metric in ("purity", "ari", "ami")]
    return f"| {' | '.join([name, found.clusterer, found.fit, *scores, paired, ratio, f'{found.seconds:.1f}'])} |"


def print_table(draws: Sequence[Sequence[Row]], only: set[str] | None = None, title: str = "") -> None:
    for found in summarise(*draws):
        if only is None or found.representation in only:
            print(line(found.representation + title, found), flush=True)


def main(folder: Path) -> None:
    digits = load_digits(SOURCE)
    quick, slow = ("PCA", "morphometry"), ("raw pixels", "raw pixels less the digit's mean")
    work = (
        ((), BOTH, ("transductive",), SEEDS),
        (quick, BOTH, ("inductive",), SEEDS),
        (slow, BOTH, ("inductive",), FEW_SEEDS),
        (("raw pixels",), FULL, ("transductive",), FEW_SEEDS),
        (("raw pixels", *quick), EXTRAS, ("transductive",), FEW_SEEDS),
    )
    base = [cluster(folder / f"pixels-split{split}.json", digits, split, None, *work) for split in SPLITS]
    print("| representation | clusterer | fit | purity | ARI | AMI | AMI less raw pixels | ratio | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    print_table(base)
    work = (((), (*BOTH, *FULL), ("transductive",), SEEDS), ((), BOTH, ("inductive",), FEW_SEEDS))
    for title, (protocol, d) in MODELS.items():
        draws = []
        for split, rows in zip(SPLITS, base, strict=True):
            file = folder / f"latents-{protocol}-{d}d-split{split}.json"
            draws.append(rows + cluster(file, digits, split, model_folder(folder, protocol, d, split), *work))
        print_table(draws, {"latent A", "latent B", "A and B"}, f", {title}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Make the clustering tables of experiments.md: train the models that are not there, cluster, and print Markdown.

    PYTHONPATH=. python docs/experiments.py FOLDER

Models and results are kept in FOLDER, so that a second call goes on. Data lie where ``WVAE_DATA`` says, and the
article's own models in FOLDER as ``original1-1d`` and ``original3-1d``, put there by ``python -m wvae import``.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wvae import DigitSet, load_checkpoint, load_digits, writer_split
from wvae.checkpoint import read_config
from wvae.clustering import (
    BEST_POSSIBLE,
    FITS,
    Estimate,
    Result,
    Row,
    Summary,
    benchmark,
    best_possible,
    environment,
    read_result,
    summarise,
    write_result,
)
from wvae.protocol import check_protocol
from wvae.representations import representations
from wvae.runs import TrainingRun, run_training, true_log_likelihoods
from wvae.training import preset

SPLITS = range(5)
SEEDS = 20
"""Starts of each clusterer on each draw of writers."""

BOTH, FULL, EXTRAS = ("k-means", "gaussian mixture"), "full gaussian mixture", ("ward", "hdbscan", "spectral")
PIXELS = ("raw pixels", "raw pixels less the digit's mean", "PCA", "morphometry")
LATENTS = ("latent A", "latent B", "A and B")
PIXEL_WORK = (
    (PIXELS, BOTH, FITS),
    (("raw pixels",), (FULL,), ("transductive",)),
    (("raw pixels", "PCA", "morphometry"), EXTRAS, ("transductive",)),
)
LATENT_WORK = ((LATENTS, BOTH, FITS), (("latent B",), (FULL,), ("transductive",)))
"""Representations, clusterers and fits."""


def checkpoint(folder: Path, source: str, model: str, split: int) -> Path:
    """Where a model such as ``article-10d`` is: its protocol and its dimensions. It is trained if it is not there."""
    name = source.partition(":")[0]
    protocol, dimensions = model.removesuffix("d").split("-")
    if protocol == "disjoint" and split == 0:
        return Path(f"checkpoints/{name}-{dimensions}d")
    if protocol.startswith("original"):
        return folder / model
    made = folder / f"{name}-{model}-split{split}"
    if not (made / "model.safetensors").exists():
        start = preset("article")
        sizes = replace(start.model, latent_a=int(dimensions), latent_b=int(dimensions))
        run_training(TrainingRun("article", sizes, start.training, source, 100, split, protocol), made, resume=True)
    return made


def cluster(folder: Path, source: str, digits: DigitSet, split: int, model: str = "") -> list[Row]:
    """The rows of one draw of writers, of a model's latents or of what needs none; kept rows are not made again."""
    file = folder / f"{source.partition(':')[0]}-{model or 'pixels'}-split{split}.json"
    print(file.stem, file=sys.stderr, flush=True)
    parted, protocol, place, known = writer_split(digits, 100, split), "disjoint", None, representations(None)
    if model:
        place = checkpoint(folder, source, model, split)
        protocol = "disjoint" if model.startswith("disjoint") else "article"
        check_protocol(read_config(place), source, digits, parted, protocol)
        known = representations(load_checkpoint(place))
    test = digits[parted.test]
    config = {"source": source, "writers": 100, "split_seed": split, "protocol": protocol, "checkpoint": str(place)}
    kept = {row.key: row for row in read_result(file).rows} if file.exists() else {}
    rows: dict = {}
    for names, clusterers, fits in LATENT_WORK if model else PIXEL_WORK:
        chosen = {name: known[name] for name in names}
        how = {"protocol": protocol, "clusterers": clusterers, "fits": fits, "seeds": SEEDS}
        rows |= {row.key: row for row in benchmark(chosen, digits, parted, **how, done=kept.values())}
        write_result(file, Result(config, environment(), test.writers, list((kept | rows).values())))
    if test.factors and not model:
        best = best_possible(true_log_likelihoods(test, digits, parted), test.writers, protocol)
        rows = {best.key: best} | rows
    return list(rows.values())


Found = dict[tuple[str, str, str], Summary]
"""Summaries by representation, clusterer and fit."""


def over_draws(draws: Sequence[Sequence[Row]]) -> Found:
    return {(each.representation, each.clusterer, each.fit): each for each in summarise(*draws)}


def text(value: Estimate, sign: str = "") -> str:
    return f"{value.mean:{sign}.3f} ({value.low:{sign}.3f} to {value.high:{sign}.3f})"


def print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def print_head(*cells: str) -> None:
    print()
    print_row(*cells)
    print("|" + "---|" * len(cells))


def print_amis(found: Found, names: Sequence[str], title: str = "") -> None:
    """A row each: AMI of both clusterers and both fits, and k-means, transductive, against raw pixels."""
    for name in names:
        cells = [found.get((name, clusterer, fit)) for fit in FITS for clusterer in BOTH]
        first = cells[0] or found[name, "none", "none"]
        against = ["", ""]
        if first.difference and name != "raw pixels":
            against = [text(first.difference["ami"], "+"), f"{first.ratio:.2f}"]
        amis = [text(each.metrics["ami"]) if each else "" for each in (first, *cells[1:])]
        print_row(name + title, *amis, *against)


def print_experiment(folder: Path, source: str, models: dict[str, str]) -> dict[str, Found]:
    """The table of AMI of a source; returns what it found by model, of pixels under no name."""
    digits = load_digits(source)
    base = [cluster(folder, source, digits, split) for split in SPLITS]
    found = {"": over_draws(base)}
    print_head(source, *(f"{clusterer}, {fit}" for fit in FITS for clusterer in BOTH), "less raw pixels", "ratio")
    references = [name for name, clusterer, _ in found[""] if clusterer == "none"]
    print_amis(found[""], [*references, *PIXELS])
    for model, title in models.items():
        draws = [rows + cluster(folder, source, digits, split, model) for split, rows in zip(SPLITS, base, strict=True)]
        found[model] = over_draws(draws)
        print_amis(found[model], LATENTS, f", {title}")
    return found


def main(folder: Path) -> None:
    models = {
        "disjoint-10d": "10 + 10, disjoint",
        "article-10d": "10 + 10, article",
        "disjoint-1d": "1 + 1, disjoint",
        "article-1d": "1 + 1, article",
        "original1-1d": "the article's own 1 + 1",
        "original3-1d": "the article's own 1 + 1 without classifier",
    }
    found = print_experiment(folder, "qmnist:train", models)

    print_head("the article's table", "purity", "ARI", "AMI")
    for name, of in (("raw pixels", [""]), ("latent B", ["article-10d", "disjoint-10d"])):
        for model in of:
            for clusterer in ("k-means", FULL):
                metrics = found[model][name, clusterer, "transductive"].metrics
                title = f"{name}, {models[model]}" if model else name
                print_row(f"{clusterer}, {title}", *(text(metrics[metric]) for metric in ("purity", "ari", "ami")))

    print_head("AMI, transductive", *EXTRAS)
    for name in ("raw pixels", "PCA", "morphometry"):
        print_row(name, *(text(found[""][name, extra, "transductive"].metrics["ami"]) for extra in EXTRAS))

    found = print_experiment(folder, "synthetic", {"disjoint-10d": "10 + 10, disjoint"})
    best = found[""][BEST_POSSIBLE, "none", "none"].metrics
    print(f"\nThe best possible on synthetic digits has purity {text(best['purity'])}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

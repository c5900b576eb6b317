"""Make the clustering tables of experiments.md: train the models that are not there, cluster, and print Markdown.

    PYTHONPATH=. python docs/experiments.py FOLDER

Models and results are kept in FOLDER, so that a second call goes on. Data lie where ``WVAE_DATA`` says, and the
article's own models in FOLDER as ``original1-1d`` and ``original3-1d``, put there by ``python -m wvae import``.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

from wvae import DigitSet, load_checkpoint, load_digits, writer_split
from wvae.benchmark_job import true_log_likelihoods
from wvae.benchmark_results import Result, Row, Summary, environment, read_result, summarise, write_result
from wvae.checkpoint import WEIGHTS, read_config, weights_digest
from wvae.clustering import FITS, benchmark, oracle_row
from wvae.intervals import Estimate
from wvae.presets import preset
from wvae.protocol import check_protocol
from wvae.representations import ORACLE, representations
from wvae.sources import identity
from wvae.training_job import run_training
from wvae.training_run import TrainingRun

SPLITS = range(5)
SEEDS = 20
"""Starts of each clusterer on each draw of writers."""

BOTH, FULL, EXTRAS = ("k-means", "gaussian mixture"), "full gaussian mixture", ("ward", "hdbscan", "spectral")
PIXELS = ("raw pixels", "raw pixels less the digit's mean", "PCA", "morphometry")
LATENTS = ("latent A", "latent B", "A and B")
FOR_EXTRAS = ("raw pixels", "PCA", "morphometry")
PIXEL_WORK = (
    (PIXELS, BOTH, FITS),
    (("raw pixels",), (FULL,), ("transductive",)),
    (FOR_EXTRAS, EXTRAS, ("transductive",)),
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
    if not (made / WEIGHTS).exists():
        start = preset("article")
        sizes = replace(start.model, latent_a=int(dimensions), latent_b=int(dimensions))
        run_training(TrainingRun("article", sizes, start.training, source, 100, split, protocol), made, resume=True)
    return made


def cluster(folder: Path, source: str, digits: DigitSet, split: int, model: str = "") -> list[Row]:
    """The rows of one draw of writers, of a model's latents or of what needs none; kept rows are not made again."""
    file = folder / f"{source.partition(':')[0]}-{model or 'pixels'}-split{split}.json"
    print(file.stem, file=sys.stderr, flush=True)
    protocol = "article" if model and not model.startswith("disjoint") else "disjoint"
    division, place, known = writer_split(digits, 100, split, protocol), None, representations(None)
    if model:
        place = checkpoint(folder, source, model, split)
        check_protocol(read_config(place), source, digits, division)
        known = representations(load_checkpoint(place))
    test = digits[division.test]
    config = {"source": source, "writers": 100, "split_seed": split, "protocol": protocol, "checkpoint": str(place)}
    config |= {"data_digest": identity(source, digits), "weights_digest": place and weights_digest(place)}
    old = read_result(file) if file.exists() else None
    kept = {row.key: row for row in old.rows} if old and old.config == config else {}
    rows: dict = {}
    for names, clusterers, fits in LATENT_WORK if model else PIXEL_WORK:
        chosen = {name: known[name] for name in names}
        how = {"clusterers": clusterers, "fits": fits, "seeds": SEEDS}
        rows |= {row.key: row for row in benchmark(chosen, digits, division, **how, done=kept.values())}
        write_result(file, Result(config, environment(), test.writers, list((kept | rows).values())))
    if test.factors and not model:
        oracle = oracle_row(true_log_likelihoods(test, digits, division), test.writers, protocol)
        rows = {oracle.key: oracle} | rows
    return list(rows.values())


Found = dict[tuple[str, str, str], Summary]
"""Summaries by representation, clusterer and fit."""


Draws = list[list[Row]]
"""Rows of each draw of writers."""


def over_draws(draws: Draws) -> Found:
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


def print_asides(draws: dict[str, Draws]) -> None:
    """What the text says beside the tables of QMNIST."""

    def of(rows: list[Row], name: str, clusterer: str = "k-means") -> list[Row]:
        return [row for row in rows if (row.representation, row.clusterer, row.fit) == (name, clusterer, FITS[0])]

    def ami(rows: list[Row], name: str) -> float:
        return float(np.mean([row.ami for row in of(rows, name)]))

    spread = np.std([ami(rows, "raw pixels") for rows in draws[""]], ddof=1)
    print(f"\nAMI of raw pixels over the draws: standard deviation {spread:.4f}.")
    for model in ("disjoint-10d", "article-10d"):
        less = [ami(rows, "latent B") - ami(rows, "raw pixels") for rows in draws[model]]
        print(f"Latent B, {model}, less raw pixels, draw by draw: {', '.join(f'{each:+.4f}' for each in less)}.")
    for name in ("raw pixels", "latent B"):
        pairs = [
            (one.labels, other.labels)
            for rows in draws["article-10d"]
            for one, other in zip(of(rows, name), of(rows, name, FULL), strict=True)
        ]
        same = sum(one == other for one, other in pairs)
        agree = np.mean([adjusted_rand_score(*pair) for pair in pairs])
        print(
            f"Labels of the full mixture in {name}: those of k-means in {same} of {len(pairs)} runs, ARI {agree:.3f}."
        )
    noise = [np.mean(np.array(row.labels) == -1) for rows in draws[""] for row in of(rows, "raw pixels", "hdbscan")]
    print(f"Images that are noise to HDBSCAN in raw pixels: {np.mean(noise):.3f}.")


def print_experiment(folder: Path, source: str, models: dict[str, str]) -> dict[str, Draws]:
    """The table of AMI of a source; returns the draws by model, which hold those of pixels, as under no name."""
    digits = load_digits(source)
    base = [cluster(folder, source, digits, split) for split in SPLITS]
    draws, found = {"": base}, over_draws(base)
    print_head(source, *(f"{clusterer}, {fit}" for fit in FITS for clusterer in BOTH), "less raw pixels", "ratio")
    references = [name for name, clusterer, _ in found if clusterer == "none"]
    print_amis(found, [*references, *PIXELS])
    for model, title in models.items():
        more = (cluster(folder, source, digits, split, model) for split in SPLITS)
        draws[model] = [rows + own for rows, own in zip(base, more, strict=True)]
        print_amis(over_draws(draws[model]), LATENTS, f", {title}")
    return draws


def main(folder: Path) -> None:
    models = {
        "disjoint-10d": "10 + 10, disjoint",
        "article-10d": "10 + 10, article",
        "disjoint-1d": "1 + 1, disjoint",
        "article-1d": "1 + 1, article",
        "original1-1d": "the article's own 1 + 1",
        "original3-1d": "the article's own 1 + 1 without classifier",
    }
    draws = print_experiment(folder, "qmnist:train", models)
    found = {model: over_draws(rows) for model, rows in draws.items()}

    print_head("the article's table", "purity", "ARI", "AMI")
    for name, of in (("raw pixels", [""]), ("latent B", ["article-10d", "disjoint-10d"])):
        for model in of:
            for clusterer in ("k-means", FULL):
                metrics = found[model][name, clusterer, "transductive"].metrics
                title = f"{name}, {models[model]}" if model else name
                print_row(f"{clusterer}, {title}", *(text(metrics[metric]) for metric in ("purity", "ari", "ami")))

    print_head("AMI, transductive", *EXTRAS)
    for name in FOR_EXTRAS:
        print_row(name, *(text(found[""][name, extra, "transductive"].metrics["ami"]) for extra in EXTRAS))

    print_asides(draws)

    draws = print_experiment(folder, "synthetic", {"disjoint-10d": "10 + 10, disjoint"})
    oracle = over_draws(draws[""])[ORACLE, "none", "none"].metrics
    print(f"\nThe oracle on synthetic digits has purity {text(oracle['purity'])}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Make the tables of representation.md from the checkpoints that ship with the project, and print Markdown.

    PYTHONPATH=. python docs/representation.py
    PYTHONPATH=. python docs/representation.py frontier FOLDER
    PYTHONPATH=. python docs/representation.py runs FOLDER ...
    PYTHONPATH=. python docs/representation.py probes FOLDER ...
    PYTHONPATH=. python docs/representation.py synthetic
    PYTHONPATH=. python docs/representation.py outliers

The second also trains a model for each size of latent B, in FOLDER where it is not there yet, so that a second call
goes on, and draws ``frontier.png`` beside this file. The third has a line for each of some trained models, of several
seeds or splits, and their medians. The fourth says how far the digit that an MLP reads from B depends on the MLP's
seed. The fifth says how near the true styles of synthetic digits come to the oracle, and how much of them B knows; the
sixth how many pictures the page Write calls no digit. Data lie where ``WVAE_DATA`` says.
"""

import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from experiments import print_head, print_row
from PIL import Image
from plotly.subplots import make_subplots
from scipy.ndimage import gaussian_filter
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression
from sklearn.metrics import adjusted_mutual_info_score

from tests.non_digits import non_digits
from tests.strokes import drawn
from wvae import DigitSet, encode, load_checkpoint, load_digits, writer_split
from wvae.benchmark_results import Row, summarise
from wvae.checkpoint import WEIGHTS, read_config
from wvae.clustering import benchmark
from wvae.digits import WriterSplit
from wvae.evaluation import Evaluation, evaluate
from wvae.leakage import probe_class
from wvae.model import ModelConfig
from wvae.model_catalogue import best_first
from wvae.outliers import outlier_scores, usual_score
from wvae.palette import LIGHT
from wvae.presets import preset
from wvae.protocol import check_protocol, default_split
from wvae.representations import RAW_PIXELS, WRITER_PROJECTION, representations
from wvae.retrieval import retrieve
from wvae.sources import synthetic
from wvae.sources.folder import to_mnist_form
from wvae.style_measures import AXES
from wvae.training_job import run_training
from wvae.training_run import TrainingRun

SOURCE = "qmnist:train"
SEEDS = 5
"""Starts of k-means."""

IMAGES = (10, 25)
"""Images a side in writer retrieval."""

PROBES = 6
"""Seeds of the MLP that reads the digit from B."""

MORPHOMETRY, LATENT_B = "morphometry", "latent B"
SIZES = (2, 4, 6, 10, 16, 32)
"""Dimensions of latent B along the frontier."""

ARTICLE = Path("checkpoints/qmnist-10d")
"""The article's model on the frontier."""


class WriterFigures(NamedTuple):
    """AMI of k-means with writers, its ratio to that of raw pixels if theirs is above 0, and top-1 of retrieval by
    images a side."""

    ami: float
    ratio: float | None
    top1: dict[int, float]


class Measured(NamedTuple):
    """All figures of a model; those of writers by representation."""

    name: str
    config: ModelConfig
    evaluation: Evaluation
    writers: dict[str, WriterFigures]


class Point(NamedTuple):
    """A model on the frontier; the writers are those of :func:`best_of`."""

    name: str
    latent_b: int
    nats: float
    digit_from_a: float
    digit_left_in_b: float
    writers: WriterFigures


def shipped(source: str, home: Path = Path("checkpoints")) -> list[Path]:
    """The checkpoints that were trained on a source, the best first."""
    folders = best_first((weights.parent for weights in sorted(home.glob(f"*/{WEIGHTS}"))), synthetic=False)
    return [folder for folder in folders if read_config(folder).get("data", {}).get("source") == source]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class WriterMeasures:
    """Clusters and retrieves the evaluation writers of one split; raw pixels and morphometry are measured once."""

    def __init__(self, digits: DigitSet, split: WriterSplit) -> None:
        self.digits, self.split = digits, split
        self.pixels: list[Row] = []
        self.references = self.measure(representations(None, [RAW_PIXELS, MORPHOMETRY]))

    def measure(self, chosen: Mapping[str, Any]) -> dict[str, WriterFigures]:
        how = {"clusterers": ["k-means"], "fits": ["transductive"], "seeds": SEEDS}
        rows = benchmark(chosen, self.digits, self.split, **how)
        self.pixels = self.pixels or [row for row in rows if row.representation == RAW_PIXELS]
        lines = {line.representation: line for line in summarise([*self.pixels, *rows])}
        found = retrieve(chosen, self.digits, self.split, sizes=IMAGES)
        top1 = {name: {row.images: row.top1.mean for row in found if row.representation == name} for name in chosen}
        return {name: WriterFigures(lines[name].metrics["ami"].mean, lines[name].ratio, top1[name]) for name in chosen}

    def of_model(self, folder: Path) -> dict[str, WriterFigures]:
        """In latent B, and in its writer projection if the model has one."""
        known = representations(load_checkpoint(folder))
        return self.measure({name: known[name] for name in (LATENT_B, WRITER_PROJECTION) if name in known})


def best_of(writers: Mapping[str, WriterFigures]) -> WriterFigures:
    """Those of the space in which a model compares writers."""
    return writers.get(WRITER_PROJECTION, writers[LATENT_B])


def writer_measures(folders: Iterable[Path], source: str, digits: DigitSet) -> WriterMeasures:
    """Of the split that all these models were trained with.

    Raises:
        ConfigError: a model was trained with another split.
    """
    configs = [read_config(folder) for folder in folders]
    split = writer_split(digits, *default_split(configs[0]))
    for config in configs:
        check_protocol(config, source, digits, split)
    return WriterMeasures(digits, split)


def print_results(folders: Sequence[Path], source: str) -> None:
    """A row for each model in three tables: disentanglement, styles and writers."""
    digits = load_digits(source)
    writers = writer_measures(folders, source, digits)
    models = []
    for folder in folders:
        say(folder.name)
        model = load_checkpoint(folder)
        evaluation = evaluate(model, digits, writers.split)
        models.append(Measured(folder.name, model.config, evaluation, writers.of_model(folder)))
    print_disentanglement(models)
    print_styles(models)
    print_writers(writers.references, models)


def print_disentanglement(models: Sequence[Measured]) -> None:
    probes = ("digit left in B: logistic", "MLP", "15-NN", "strongest")
    print_head("model", "A + B", "nats", "digit from A", *probes, "slant from A", "thickness from A")
    for name, config, found, _ in models:
        leaked = found.leakage
        left = leaked.digit_from_b
        probed = (left.logistic, left.mlp, left.nearest_neighbours, left.strongest, leaked.slant_from_a)
        print_row(
            f"`{name}`",
            f"{config.latent_a} + {config.latent_b}",
            f"{found.reconstruction.reconstruction:.1f}",
            *numbers(found.digit_accuracy, *probed, leaked.thickness_from_a),
        )
    under_reported = [
        f"`{each.name}`, {figure}" for each in models for figure in each.evaluation.leakage.under_reported
    ]
    if under_reported:
        print(f"\nProbes that did not converge, where more may be read: {'; '.join(under_reported)}.")


def print_styles(models: Sequence[Measured]) -> None:
    axes = [axis.name for axis in AXES]
    followed = ("digit kept", "judge on real digits", "slant followed", "thickness followed")
    print_head("model", *followed, *(f"axis: {name}" for name in axes))
    for name, _, found, _ in models:
        swap = found.swap
        swapped = (swap.digit_kept, swap.digit_read, swap.slant_followed, swap.thickness_followed)
        print_row(f"`{name}`", *numbers(*swapped, *(found.named_axes.get(axis) for axis in axes)))


def print_writers(references: Mapping[str, WriterFigures], models: Sequence[Measured]) -> None:
    print_head("representation", "AMI", "times raw pixels", *(f"top-1 with {n} a side" for n in IMAGES))
    rows = dict(references)
    for model in models:
        rows |= {f"`{model.name}`, {name}": found for name, found in model.writers.items()}
    for name, found in rows.items():
        print_row(name, *numbers(found.ami, found.ratio, *found.top1.values()))


def numbers(*values: float | None) -> list[str]:
    return ["" if value is None else f"{value:.3f}" for value in values]


def trained(run: TrainingRun, latent_b: int, folder: Path) -> Path:
    """Where the model of a run with so many dimensions of B is. It is trained if it is not there."""
    made = folder / f"{run.preset}-b{latent_b}"
    say(made.name)
    if not (made / WEIGHTS).exists():
        run_training(replace(run, model=replace(run.model, latent_b=latent_b)), made, resume=True)
    return made


def print_runs(folders: Sequence[Path]) -> None:
    """A row of figures for each model, and their medians; the writers are those of :func:`best_of`."""
    print_head(
        "run",
        *("nats", "digit from A", "digit left in B", "digit kept", "slant followed", "thickness followed"),
        *("slant from A", "thickness from A", "AMI, times raw pixels", *(f"top-1 with {n} a side" for n in IMAGES)),
        *(f"axis: {axis.name}" for axis in AXES),
    )
    of_split: dict[tuple[Any, ...], WriterMeasures] = {}
    rows = []
    for folder in folders:
        say(folder.name)
        config = read_config(folder)
        source, split = config["data"]["source"], default_split(config)
        if (source, *split) not in of_split:
            of_split[source, *split] = writer_measures([folder], source, load_digits(source))
        writers = best_of(of_split[source, *split].of_model(folder))
        figures = config["figures"]
        leakage, swapped, axes = figures["leakage"], figures["swap"], figures["named_axes"]
        row = [
            figures["reconstruction"]["reconstruction"],
            figures["digit_accuracy"],
            strongest(figures),
            *(swapped[name] for name in ("digit_kept", "slant_followed", "thickness_followed")),
            *(leakage[name] for name in ("slant_from_a", "thickness_from_a")),
            *(writers.ratio, *writers.top1.values()),
            *(axes.get(axis.name) for axis in AXES),
        ]
        rows.append(row)
        print_row(f"`{folder.name}`", *numbers(*row))
    medians = [None if None in column else statistics.median(column) for column in zip(*rows, strict=True)]
    print_row("median", *numbers(*medians))


def print_probes(folders: Sequence[Path]) -> None:
    """The digit left in B of each model, as MLPs of several seeds read it."""
    print_head("model", "mean", "least", "most")
    for folder in folders:
        config = read_config(folder)
        digits = load_digits(config["data"]["source"])
        split = writer_split(digits, *default_split(config))
        b = encode(load_checkpoint(folder), digits.images).mean_b
        rows = split.development, split.held_out
        read = [probe_class(b, digits.digits, *rows, seed).mlp for seed in range(PROBES)]
        print_row(f"`{folder.name}`", *numbers(statistics.mean(read), min(read), max(read)))


def print_synthetic(folder: Path) -> None:
    """AMI with writers by the true style factors of synthetic digits, and R² of each factor, read from B by one map."""
    digits = load_digits("synthetic")
    split = writer_split(digits, *default_split(read_config(folder)))
    tested, hands = digits[split.test], synthetic.writer_styles(synthetic.WRITERS)
    among = {name: style[split.evaluation_writers] for name, style in hands.items()}
    others = [factor for factor in synthetic.DEFAULT_STYLE if factor.name != "shape"]
    print_head("by", "AMI")
    for name, style in (("oracle", synthetic.DEFAULT_STYLE), ("oracle without shapes", others)):
        guessed = synthetic.writer_log_likelihoods(tested, among, style).argmax(1)
        print_row(name, *numbers(adjusted_mutual_info_score(tested.writers, guessed)))
    values = np.stack([tested.factors[factor.name] / factor.within for factor in others], axis=1)
    for name, n in (("slant and thickness", 2), ("these and the width", 3), ("all without shapes", len(others))):
        starts = (KMeans(len(split.evaluation_writers), n_init=10, random_state=seed) for seed in range(SEEDS))
        amis = [adjusted_mutual_info_score(tested.writers, start.fit_predict(values[:, :n])) for start in starts]
        print_row(f"k-means on true values, {name}", *numbers(statistics.mean(amis)))
    b = encode(load_checkpoint(folder), digits.images).mean_b
    print_head("factor", "R² from B")
    for factor in others:
        true = digits.factors[factor.name]
        fitted = LinearRegression().fit(b[split.development], true[split.development])
        print_row(factor.name, *numbers(fitted.score(b[split.test], true[split.test])))


def print_outliers(folders: Sequence[Path]) -> None:
    """The fraction of pictures of some kinds that each model calls no digit, with all of a source's digits in view."""
    digits = load_digits(SOURCE)
    known = digits.images[np.linspace(0, len(digits) - 1, 5000, dtype=int)]
    held_out, rng = digits[writer_split(digits).evaluation].images, np.random.default_rng(0)
    kinds = {
        "letters and shapes": non_digits(400, np.random.default_rng(0)),
        "digits of the evaluation writers": held_out,
        "a fifth of these, blurred": gaussian_filter(held_out[::5], (0, 0.7, 0.7)),
        "digits drawn with a mouse": np.stack([to_mnist_form(Image.fromarray(drawn(n % 10, rng))) for n in range(200)]),
    }
    print_head("model", *kinds)
    for folder in folders:
        model = load_checkpoint(folder)
        usual = usual_score(model, known, encode(model, known))
        scores = (outlier_scores(model, images, encode(model, images)) for images in kinds.values())
        print_row(f"`{folder.name}`", *numbers(*((score > usual).mean() for score in scores)))


def strongest(figures: Mapping[str, Any]) -> float:
    """The digit left in B, as the probe reads it that reads the most."""
    probes = figures["leakage"]["digit_from_b"]
    return max(probes[name] for name in ("logistic", "mlp", "nearest_neighbours"))


def frontier_point(folder: Path, writers: WriterMeasures) -> Point:
    """By the figures that were measured at the end of a model's training, and those of writers."""
    config = read_config(folder)
    figures = config["figures"]
    return Point(
        folder.name,
        config["model"]["latent_b"],
        figures["reconstruction"]["reconstruction"],
        figures["digit_accuracy"],
        strongest(figures),
        best_of(writers.of_model(folder)),
    )


def print_frontier(run: TrainingRun, folder: Path, article: Path, picture: Path, sizes: Sequence[int] = SIZES) -> None:
    """The table and the figure of models that differ in the dimensions of B."""
    folders = [trained(run, latent_b, folder) for latent_b in sizes]
    writers = writer_measures([*folders, article], run.source, load_digits(run.source))
    *points, reference = [frontier_point(each, writers) for each in (*folders, article)]
    top1 = (f"top-1 with {n} a side" for n in IMAGES)
    print_head("model", "B", "nats", "digit from A", "digit left in B", "AMI, times raw pixels", *top1)
    for point in (*points, reference):
        values = point.digit_from_a, point.digit_left_in_b, point.writers.ratio, *point.writers.top1.values()
        print_row(f"`{point.name}`", str(point.latent_b), f"{point.nats:.1f}", *numbers(*values))
    for name, found in writers.references.items():
        print_row(name, "", "", "", "", *numbers(found.ratio, *found.top1.values()))
    chance = read_config(article)["figures"]["leakage"]["digit_chance"]
    figure = frontier_figure(points, reference, writers.references[MORPHOMETRY].top1[IMAGES[-1]], chance)
    figure.write_image(picture, width=1000, height=440, scale=2)


def frontier_figure(points: Sequence[Point], article: Point, morphometry: float, chance: float) -> go.Figure:
    """Against nats: the digit left in B with its ``chance``, and top-1 of retrieval with that of ``morphometry``."""
    most = IMAGES[-1]
    panels = (
        ("digit left in B: lower is better", "chance", chance, lambda point: point.digit_left_in_b),
        (f"writers found with {most} digits a side", MORPHOMETRY, morphometry, lambda point: point.writers.top1[most]),
    )
    groups = (("wvae, by dimensions of B", points, LIGHT.digits[0]), ("the article's model", [article], LIGHT.grey))
    figure = make_subplots(1, 2, subplot_titles=[title for title, *_ in panels], horizontal_spacing=0.08)
    for column, (_, line, level, value) in enumerate(panels, start=1):
        for name, members, colour in groups:
            figure.add_scatter(
                x=[point.nats for point in members],
                y=[value(point) for point in members],
                text=[str(point.latent_b) for point in members],
                mode="lines+markers+text",
                textposition="top center",
                marker={"color": colour, "size": 9},
                name=name,
                showlegend=column == 1,
                row=1,
                col=column,
            )
        dashed = {"line_dash": "dash", "line_color": LIGHT.grey, "annotation_position": "bottom right"}
        figure.add_hline(y=level, annotation_text=line, **dashed, row=1, col=column)
    figure.update_xaxes(title_text="nats per image: lower is better")
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(
        template="plotly_white",
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "y": -0.2, "x": 0.5, "xanchor": "center"},
    )
    return figure


def main(arguments: Sequence[str]) -> None:
    match arguments:
        case []:
            print_results(shipped(SOURCE), SOURCE)
        case ["frontier", folder]:
            run = TrainingRun("wvae", *preset("wvae"), SOURCE)
            print_frontier(run, Path(folder), ARTICLE, Path(__file__).with_name("frontier.png"))
        case ["runs", *folders] if folders:
            print_runs([Path(folder) for folder in folders])
        case ["probes", *folders] if folders:
            print_probes([Path(folder) for folder in folders])
        case ["synthetic"]:
            print_synthetic(Path("checkpoints/synthetic-style"))
        case ["outliers"]:
            print_outliers(shipped(SOURCE))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])

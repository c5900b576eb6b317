"""The command line: ``python -m wvae COMMAND --help`` explains each command."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wvae.checkpoint import WEIGHTS, load_checkpoint, read_config, save_checkpoint
from wvae.digits import PROTOCOLS, DigitSet, WriterSplit, writer_split
from wvae.errors import ConfigError, DataError, WvaeError
from wvae.files import atomic_write
from wvae.latents import encode
from wvae.model import WVAE
from wvae.original_models import read_original_model
from wvae.protocol import Trained, check_protocol, default_split
from wvae.runs import BenchmarkRun, TrainingRun, read_run, run_benchmark, run_fetch, run_training, true_log_likelihoods
from wvae.sources import known_sources, load_digits
from wvae.training import PRESETS, Progress, preset

if TYPE_CHECKING:
    from wvae.clustering import Estimate
    from wvae.evaluation import Evaluation


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 2 after an error that is said in one sentence."""
    options = _parser().parse_args(arguments)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # a stopped run is to say that it was stopped
    try:
        options.run(options)
    except WvaeError as error:
        print(f"wvae: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("wvae: stopped.", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m wvae", description=sys.modules["wvae"].__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], None], about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=run)
        return added

    data = command("data", _data, "List, download or look at digits.")
    data.add_argument("action", choices=("list", "fetch", "show"))
    data.add_argument("source", nargs="?", metavar="SOURCE", help="such as qmnist:train")
    _add_root(data)

    train = command("train", _train, "Train a model and write it, with its record, to a checkpoint folder.")
    train.add_argument("--preset", default="article", metavar="NAME", help=", ".join(PRESETS))
    _add_data(train, required=False)
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder to write")
    train.add_argument("--latent-a", type=int, metavar="N", help="dimensions of latent A")
    train.add_argument("--latent-b", type=int, metavar="N", help="dimensions of latent B")
    train.add_argument("--epochs", type=int, metavar="N", help="passes over the images")
    train.add_argument("--batch", type=int, metavar="N", help="images in a batch")
    train.add_argument("--seed", type=int, metavar="N", help="of weights, order and noise")
    train.add_argument(
        "--writers", type=int, default=100, metavar="N", help="evaluation writers, set apart to be tested on"
    )
    train.add_argument("--split-seed", type=int, default=0, metavar="N", help="which writers those are")
    train.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        default="disjoint",
        help="learn from all other writers, or, as the article did, from the evaluation writers' own training images",
    )
    train.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    train.add_argument(
        "--resume",
        action="store_true",
        help="go on where an earlier run to DIR was stopped; without --data, with the settings it was started with",
    )

    _add_measuring(command)

    imported = command("import", _import, "Turn one of the article's model files into a checkpoint.")
    imported.add_argument("file", type=Path, metavar="FILE", help="such as model1.npz")
    imported.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder to write")

    info = command("info", _info, "Print the config, training record and figures of a checkpoint.")
    info.add_argument("checkpoint", metavar="CHECKPOINT")
    return parser


def _add_data(to: argparse.ArgumentParser, required: bool = True) -> None:
    to.add_argument("--data", required=required, metavar="SOURCE", help="such as qmnist:train; see `data list`")
    _add_root(to)


def _add_root(to: argparse.ArgumentParser) -> None:
    to.add_argument("--root", metavar="DIR", help="where data lie (default: $WVAE_DATA, else data/)")


def _add_split(to: argparse.ArgumentParser) -> None:
    to.add_argument("--writers", type=int, metavar="N", help="evaluation writers (default: as in training)")
    to.add_argument("--split-seed", type=int, metavar="N", help="which ones (default: as in training)")
    to.add_argument("--protocol", choices=PROTOCOLS, help="whom the model has learned from (default: as it was)")


def _add_measuring(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands that measure or draw a model."""
    evaluation = command("evaluate", _evaluate, "Measure a model on the evaluation writers.")
    evaluation.add_argument("checkpoint", metavar="CHECKPOINT")
    _add_data(evaluation)
    _add_split(evaluation)
    evaluation.add_argument("--json", type=_file, metavar="FILE", help="write the same figures to FILE")

    benchmark = command("benchmark", _benchmark, "Cluster images by writer, and compare what they are clustered by.")
    benchmark.add_argument("checkpoint", metavar="CHECKPOINT")
    _add_data(benchmark)
    _add_split(benchmark)
    benchmark.add_argument("--seeds", type=int, default=10, metavar="N", help="starts of each clusterer")
    benchmark.add_argument("--representations", type=_names, default=(), metavar="NAMES", help="a,b,…; default: all")
    benchmark.add_argument("--clusterers", type=_names, metavar="NAMES", help="default: k-means,gaussian mixture")
    benchmark.add_argument("--fits", type=_names, metavar="NAMES", help="default: transductive,inductive")
    benchmark.add_argument(
        "--backend", default="threading", metavar="NAME", help="joblib's: threading, loky (processes) or dask"
    )
    benchmark.add_argument("--scheduler", metavar="ADDRESS", help="of the dask cluster")
    benchmark.add_argument("--json", type=_file, metavar="FILE", help="keep rows as they finish, and write all to FILE")

    retrieve = command("retrieve", _retrieve, "Find whose hand some images are, among the evaluation writers.")
    retrieve.add_argument("checkpoint", metavar="CHECKPOINT")
    _add_data(retrieve)
    _add_split(retrieve)
    retrieve.add_argument("--digits", type=_counts, metavar="N,N,…", help="images a side (default: 1,5,10,25,40)")
    retrieve.add_argument("--json", type=_file, metavar="FILE", help="write the same figures to FILE")

    figure = command("figure", _figure, "Draw one of the article's figures.")
    figure.add_argument("figure", choices=("plane", "projections"), help="A against B over the decoded plane; t-SNE")
    figure.add_argument("checkpoint", metavar="CHECKPOINT")
    _add_data(figure)
    _add_split(figure)
    figure.add_argument("--out", required=True, type=Path, metavar="FILE", help="FILE.html or FILE.png")


def _data(options: argparse.Namespace) -> None:
    if options.action == "list":
        for source in known_sources(options.root):
            here = {True: "here", False: "not here", None: ""}[source.present]
            print(f"{source.name:<14} {here:<9} {source.description}")
        return
    if options.source is None:
        raise DataError(f"Name a source to {options.action}, such as qmnist:train; `data list` shows them.")
    if options.action == "fetch":
        with _bar(unit="B", unit_scale=True, desc=options.source) as bar:

            def watch(done: int, total: int | None) -> None:
                bar.total = total
                bar.update(done - bar.n)

            run_fetch(options.source, options.root, watch)
        print(f"{options.source} is here.")
    else:
        _show(load_digits(options.source, options.root))


def _show(digits: DigitSet) -> None:
    counts = np.unique(digits.writers, return_counts=True)[1]
    print(f"{len(digits)} images by {len(counts)} writers, {counts.min()} to {counts.max()} each")
    for digit, count in enumerate(np.bincount(digits.digits, minlength=10)):
        print(f"  {digit}: {count:>7}")


def _train(options: argparse.Namespace) -> None:
    run = _training_run(options)
    with _bar(unit="image", unit_scale=True) as bar:

        def watch(progress: Progress) -> None:
            bar.total = progress.epochs * progress.n_images
            seen = (progress.epoch - 1) * progress.n_images + progress.images
            if bar.n == 0:
                bar.initial = bar.n = seen - progress.images  # epochs of an earlier run are no speed of this one
            bar.set_description(f"epoch {progress.epoch}/{progress.epochs}", refresh=False)
            bar.set_postfix({name: f"{value:.4g}" for name, value in progress.terms.items()}, refresh=False)
            bar.update(seen - bar.n)

        evaluation = run_training(
            run,
            options.out,
            root=options.root,
            device=options.device,
            resume=options.resume,
            report=watch,
            waiting=lambda holder: bar.write(f"waiting until {holder} has finished on this device", file=sys.stderr),
        )
    _print_evaluation(evaluation)
    print(f"written to {options.out}")


def _training_run(options: argparse.Namespace) -> TrainingRun:
    if options.data is not None:
        chosen = preset(options.preset)
        whom = options.writers, options.split_seed, options.protocol
        run = TrainingRun(options.preset, chosen.model, chosen.training, options.data, *whom)
    elif options.resume:
        run = read_run(options.out)
    else:
        raise ConfigError("Name the digits to train on with --data, such as --data qmnist:train.")
    model = {"latent_a": options.latent_a, "latent_b": options.latent_b}
    training = {"epochs": options.epochs, "batch_size": options.batch, "seed": options.seed}
    return replace(run, model=replace(run.model, **_given(model)), training=replace(run.training, **_given(training)))


def _evaluate(options: argparse.Namespace) -> None:
    from wvae.evaluation import evaluate  # scikit-learn takes a while to load

    model, digits, split, apart = _asked(options)
    with _share_bar() as show:
        evaluation = evaluate(model, digits, split, report=show)
    print(f"{apart.writers} writers of {options.data}, protocol {apart.protocol}")
    _print_evaluation(evaluation)
    if options.json:
        _write_json(options, apart, asdict(evaluation))


def _write_json(options: argparse.Namespace, apart: Trained, figures: dict[str, Any]) -> None:
    """Write figures to the file of ``--json``, below what they were measured with and on."""
    record = {
        "checkpoint": options.checkpoint,
        "data": options.data,
        "protocol": apart.protocol,
        "split": {"evaluation_writers": apart.writers, "seed": apart.split_seed},
    }
    with atomic_write(options.json) as temporary:
        temporary.write_text(json.dumps(record | figures, indent=2) + "\n", encoding="utf-8")


def _print_evaluation(evaluation: "Evaluation") -> None:
    reconstruction = evaluation.reconstruction
    print(f"on {evaluation.images} images")
    print(f"  reconstruction       {reconstruction.reconstruction:9.2f} nats per image")
    print(f"  ELBO                 {reconstruction.elbo:9.2f} nats per image")
    print(f"  KL of A, of B        {reconstruction.kl_a:9.2f}, {reconstruction.kl_b:.2f} nats per image")
    if evaluation.digit_accuracy is not None:
        print(f"  digit accuracy from A {evaluation.digit_accuracy:8.3f}")
    if leakage := evaluation.leakage:
        print("fresh probes, accuracy                  logistic  MLP (64)  15 neighbours")
        rows = [
            ("digit from A", leakage.digit_from_a, leakage.digit_chance),
            ("digit from B", leakage.digit_from_b, leakage.digit_chance),
            ("writer from A", leakage.writer_from_a, leakage.writer_chance),
            ("writer from B", leakage.writer_from_b, leakage.writer_chance),
        ]
        for name, probe, chance in rows:
            print(
                f"  {name:<14} (chance {chance:.3f}) {probe.logistic:16.3f} {probe.mlp:9.3f} "
                f"{probe.nearest_neighbours:14.3f}"
            )
        print(f"  slant and thickness from A, R2: {leakage.slant_from_a:.3f}, {leakage.thickness_from_a:.3f}")
    if swap := evaluation.swap:
        print("A of one picture with B of another")
        print(f"  digit kept: {swap.digit_kept:.3f} (a judge reads {swap.digit_read:.3f} of real ones)")
        print(f"  slant and thickness followed, R2: {swap.slant_followed:.3f}, {swap.thickness_followed:.3f}")


def _benchmark(options: argparse.Namespace) -> None:
    from wvae.clustering import DEFAULT_CLUSTERERS, FITS, PUBLISHED, Row, parallel, summarise
    from wvae.representations import RAW_PIXELS

    apart = _apart(options)
    run = BenchmarkRun(
        options.checkpoint,
        options.data,
        *apart,
        options.representations,
        options.clusterers or DEFAULT_CLUSTERERS,
        options.fits or FITS,
        options.seeds,
    )
    with _share_bar() as show:

        def watch(row: Row, share: float) -> None:
            show(share, f"{row.representation}, {row.clusterer}, {row.fit}")

        with parallel(options.backend, options.scheduler):
            result = run_benchmark(run, options.json, root=options.root, report=watch)
    print(f"{len(result.writers)} images by {apart.writers} writers of {options.data}, protocol {apart.protocol}")
    print(f"{'':<66}     AMI   95 % interval     less raw pixels       ARI  purity (chance)   seconds")
    for line in summarise(result.rows):
        name = ", ".join(part for part in (line.representation, line.clusterer, line.fit) if part != "none")
        purity, ari, ami = (line.metrics[metric] for metric in ("purity", "ari", "ami"))
        less = line.difference["ami"] if line.difference and line.representation != RAW_PIXELS else None
        print(
            f"{name:<66} {ami.mean:7.4f} {_interval(ami):>17} {_interval(less):>19} {ari.mean:9.4f} "
            f" {purity.mean:.3f}  ({line.purity_chance:.3f}) {line.seconds:9.2f}  {line.note}"
        )
    for representation, clusterer, purity_2018, ari_2018, ami_2018 in PUBLISHED:
        name = f"{representation}, {clusterer}, published in 2018 of other writers"
        print(f"{name:<66} {ami_2018:7.4f} {'':>37} {ari_2018:9.4f}  {purity_2018:.3f}")


def _interval(estimate: "Estimate | None") -> str:
    if estimate is None or estimate.low is None:
        return ""
    return f"{estimate.low:.4f} to {estimate.high:.4f}"


def _retrieve(options: argparse.Namespace) -> None:
    from wvae.representations import representations
    from wvae.retrieval import SIZES, best_possible, retrieve

    model, digits, split, apart = _asked(options)
    sizes = options.digits or SIZES
    with _share_bar() as show:
        found = retrieve(representations(model), digits, split, sizes=sizes, report=show)
    if digits.factors:
        held_out = digits[split.held_out]
        found += best_possible(true_log_likelihoods(held_out, digits, split), held_out.writers, sizes=sizes)
    print(f"whose hand it is, among {apart.writers} writers of {options.data}, protocol {apart.protocol}")
    print(f"{'':<34} images a side   writers   top-1 (chance)    top-5 (chance)")
    for line in found:
        print(
            f"{line.representation:<34} {line.images:13} {line.writers:9}   {line.top1.mean:.3f} ({line.chance1:.3f})"
            f"     {line.top5.mean:.3f} ({line.chance5:.3f})"
        )
    if options.json:
        _write_json(options, apart, {"rows": [asdict(line) for line in found]})


def _figure(options: argparse.Namespace) -> None:
    from wvae.figures import plane, projections, write_figure

    model, digits, split, apart = _asked(options)
    shown = digits[split.held_out if options.figure == "plane" else split.test]
    if not len(shown):
        raise DataError(f"There are no images to draw: choose --writers above {apart.writers}.")
    latents = encode(model, shown.images)
    write_figure(
        plane(model, latents, shown) if options.figure == "plane" else projections(latents, shown), options.out
    )
    print(f"written to {options.out}")


class _Asked(NamedTuple):
    """What a measurement is made with and on."""

    model: WVAE
    digits: DigitSet
    split: WriterSplit
    apart: Trained


def _asked(options: argparse.Namespace) -> _Asked:
    """Load it all, and hold the model to the protocol."""
    apart = _apart(options)
    digits = load_digits(options.data, options.root)
    split = writer_split(digits, *apart)
    check_protocol(read_config(options.checkpoint), options.data, digits, split)
    return _Asked(load_checkpoint(options.checkpoint), digits, split, apart)


def _apart(options: argparse.Namespace) -> Trained:
    """How many writers are set apart, which, and the protocol: as asked for, else as when the model was trained."""
    asked = {"writers": options.writers, "split_seed": options.split_seed, "protocol": options.protocol}
    return default_split(read_config(options.checkpoint))._replace(**_given(asked))


def _file(text: str) -> Path:
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder, not a file")
    return Path(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _counts(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of whole numbers, such as 1,5,10") from None


def _import(options: argparse.Namespace) -> None:
    if (options.out / WEIGHTS).exists():
        raise ConfigError(f"{options.out} already holds a checkpoint: choose another folder, or delete it first.")
    model = read_original_model(options.file)
    save_checkpoint(options.out, model, {"imported": {"file": options.file.name}})
    print(f"written to {options.out}")


def _info(options: argparse.Namespace) -> None:
    load_checkpoint(options.checkpoint)
    print(json.dumps(read_config(options.checkpoint), indent=2))


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


@contextmanager
def _share_bar() -> Iterator[Callable[..., None]]:
    """A bar, and what shows on it the share that is done, 0 to 1, and what is being done."""
    with _bar(total=1, bar_format="{percentage:3.0f}%|{bar}| {elapsed}<{remaining} {desc}") as bar:

        def show(share: float, doing: str = "") -> None:
            bar.set_description_str(doing, refresh=False)
            bar.update(share - bar.n)

        yield show


def _bar(**settings: Any) -> Any:
    from tqdm import tqdm

    return tqdm(file=sys.stderr, dynamic_ncols=True, smoothing=0.1, **settings)

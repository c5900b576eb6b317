"""The command line: ``python -m wvae COMMAND --help`` explains each command."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wvae.checkpoint import load_checkpoint, read_config, save_checkpoint
from wvae.digits import PROTOCOLS, DigitSet, writer_split
from wvae.errors import ConfigError, DataError, WvaeError
from wvae.files import whole_file
from wvae.jobs import TrainingRun, read_run, run_fetch, run_training
from wvae.original_models import read_original_model
from wvae.sources import known_sources, load_digits
from wvae.training import PRESETS, Progress, preset

if TYPE_CHECKING:
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

    def add_data(to: argparse.ArgumentParser, required: bool = True) -> None:
        to.add_argument("--data", required=required, metavar="SOURCE", help="such as qmnist:train; see `data list`")
        add_root(to)

    def add_root(to: argparse.ArgumentParser) -> None:
        to.add_argument("--root", metavar="DIR", help="where data lie (default: $WVAE_DATA, else data/)")

    data = command("data", _data, "List, download or look at digits.")
    data.add_argument("action", choices=("list", "fetch", "show"))
    data.add_argument("source", nargs="?", metavar="SOURCE", help="such as qmnist:train")
    add_root(data)

    train = command("train", _train, "Train a model and write it, with its record, to a checkpoint folder.")
    train.add_argument("--preset", default="article", metavar="NAME", help=", ".join(PRESETS))
    add_data(train, required=False)
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

    evaluation = command("evaluate", _evaluate, "Measure a model on the evaluation writers.")
    evaluation.add_argument("checkpoint", metavar="CHECKPOINT")
    add_data(evaluation)
    evaluation.add_argument("--writers", type=int, metavar="N", help="evaluation writers (default: as in training)")
    evaluation.add_argument("--json", type=Path, metavar="FILE", help="write the same figures to FILE")

    imported = command("import", _import, "Turn one of the article's model files into a checkpoint.")
    imported.add_argument("file", type=Path, metavar="FILE", help="such as model1.npz")
    imported.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder to write")

    info = command("info", _info, "Print the config, training record and figures of a checkpoint.")
    info.add_argument("checkpoint", metavar="CHECKPOINT")
    return parser


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

    model = load_checkpoint(options.checkpoint)
    trained = read_config(options.checkpoint).get("data", {})
    split_trained, protocol = trained.get("split", {}), trained.get("protocol", "disjoint")
    n_writers = split_trained.get("evaluation_writers", 100) if options.writers is None else options.writers
    seed = split_trained.get("seed", 0)
    digits = load_digits(options.data, options.root)
    split = writer_split(digits, n_writers, seed)
    with _bar(total=1, bar_format="{percentage:3.0f}%|{bar}| {elapsed}<{remaining}") as bar:
        evaluation = evaluate(model, digits, split, report=lambda share: bar.update(share - bar.n), protocol=protocol)
    _print_evaluation(evaluation)
    if options.json:
        record = {"checkpoint": options.checkpoint, "data": options.data}
        figures = {**record, "split": {"evaluation_writers": n_writers, "seed": seed}, **asdict(evaluation)}
        with whole_file(options.json) as temporary:
            temporary.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


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


def _import(options: argparse.Namespace) -> None:
    model = read_original_model(options.file)
    save_checkpoint(options.out, model, {"imported": {"file": options.file.name}})
    print(f"written to {options.out}")


def _info(options: argparse.Namespace) -> None:
    load_checkpoint(options.checkpoint)
    print(json.dumps(read_config(options.checkpoint), indent=2))


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _bar(**settings: Any) -> Any:
    from tqdm import tqdm

    return tqdm(file=sys.stderr, dynamic_ncols=True, smoothing=0.1, **settings)

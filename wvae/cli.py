"""The command line: ``python -m wvae COMMAND --help`` explains each command."""

import argparse
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from wvae.commands import (
    benchmark_command,
    data_command,
    evaluate_command,
    figure_command,
    import_command,
    info_command,
    job_command,
    retrieve_command,
    train_command,
)
from wvae.digits import PROTOCOLS
from wvae.errors import MissingDigits, WvaeError
from wvae.presets import PRESETS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 2 after an error that is said in one sentence."""
    options = _parser().parse_args(arguments)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # a stopped run is to say that it was stopped
    try:
        options.run(options)
    except WvaeError as error:
        print(f"wvae: {error}", file=sys.stderr)
        if isinstance(error, MissingDigits):
            print(f"The command is: python -m wvae data fetch {error.source}", file=sys.stderr)
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

    data = command("data", data_command, "List, download or look at digits.")
    data.add_argument("action", choices=("list", "fetch", "show"))
    data.add_argument("source", nargs="?", metavar="SOURCE", help="such as qmnist:train")
    _add_root(data)

    train = command("train", train_command, "Train a model and write it, with its record, to a checkpoint folder.")
    train.add_argument("--preset", default="article", metavar="NAME", help=f"{', '.join(PRESETS)} (default: article)")
    _add_data(train, required=False)
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder to write")
    train.add_argument("--latent-a", type=int, metavar="N", help="dimensions of latent A")
    train.add_argument("--latent-b", type=int, metavar="N", help="dimensions of latent B")
    train.add_argument("--epochs", type=int, metavar="N", help="passes over the images")
    train.add_argument("--batch", type=int, metavar="N", help="images in a batch")
    train.add_argument("--seed", type=int, metavar="N", help="of weights, order and noise")
    train.add_argument(
        "--seeds", type=_count, metavar="N", help="train N models, with --seed and the next ones: DIR-seed-0, ..."
    )
    _add_backend(train, "where seeds are trained")
    train.add_argument("--writers", type=int, default=100, metavar="N", help="held-out writers (default: 100)")
    train.add_argument("--split-seed", type=int, default=0, metavar="N", help="which ones (default: 0)")
    train.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        default="disjoint",
        help="disjoint (default): train on all other writers; article: on most images of the held-out writers",
    )
    train.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), help="default: auto, or with --resume the device it was begun on"
    )
    train.add_argument(
        "--resume",
        action="store_true",
        help="go on where an earlier run to DIR was stopped; without --data, with the settings it was started with",
    )

    _add_measuring(command)

    imported = command("import", import_command, "Turn one of the article's model files into a checkpoint.")
    imported.add_argument("file", type=Path, metavar="FILE", help="such as model1.npz")
    imported.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder to write")

    # without help it is not listed: it is for the program itself
    job = commands.add_parser("job", description="Do what the job.json of a folder says.")
    job.set_defaults(run=job_command)
    job.add_argument("folder", type=Path, metavar="DIR")

    info = command("info", info_command, "Print the config, training record and figures of a checkpoint.")
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
    to.add_argument("--protocol", choices=PROTOCOLS, help="whose images it was trained on (default: as it was)")


def _add_backend(to: argparse.ArgumentParser, what: str) -> None:
    to.add_argument(
        "--backend", default="threading", metavar="NAME", help=f"{what}, joblib's: threading, loky (processes) or dask"
    )
    to.add_argument("--scheduler", metavar="ADDRESS", help="of the dask cluster")


def _add_measuring(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands that measure or draw a model."""
    evaluation = command("evaluate", evaluate_command, "Measure a model on the evaluation writers.")
    evaluation.add_argument("checkpoint", metavar="CHECKPOINT")
    _add_data(evaluation)
    _add_split(evaluation)
    evaluation.add_argument("--json", type=_file, metavar="FILE", help="write the same figures to FILE")

    benchmark = command(
        "benchmark", benchmark_command, "Cluster images by writer, and compare what they are clustered by."
    )
    benchmark.add_argument("checkpoint", metavar="CHECKPOINT")
    _add_data(benchmark)
    _add_split(benchmark)
    benchmark.add_argument("--seeds", type=int, default=10, metavar="N", help="starts of each clusterer (default: 10)")
    benchmark.add_argument(
        "--representations", type=_names, default=(), metavar="NAMES", help="such as raw pixels,latent B (default: all)"
    )
    benchmark.add_argument(
        "--clusterers",
        type=_names,
        metavar="NAMES",
        help="of k-means, gaussian mixture, full gaussian mixture, ward, hdbscan, spectral (default: the first two)",
    )
    benchmark.add_argument("--fits", type=_names, metavar="NAMES", help="of transductive, inductive (default: both)")
    _add_backend(benchmark, "where rows are made")
    benchmark.add_argument("--json", type=_file, metavar="FILE", help="keep rows as they finish, and write all to FILE")

    retrieve = command("retrieve", retrieve_command, "Retrieve the writer of some images among the evaluation writers.")
    retrieve.add_argument("checkpoint", metavar="CHECKPOINT")
    _add_data(retrieve)
    _add_split(retrieve)
    retrieve.add_argument("--digits", type=_counts, metavar="N,N,…", help="images a side (default: 1,5,10,25,40)")
    retrieve.add_argument("--json", type=_file, metavar="FILE", help="write the same figures to FILE")

    figure = command("figure", figure_command, "Draw one of the article's figures.")
    figure.add_argument(
        "figure",
        choices=("plane", "projections"),
        help="plane: A against B over the decoded plane; projections: t-SNE of A and of B",
    )
    figure.add_argument("checkpoint", metavar="CHECKPOINT")
    _add_data(figure)
    _add_split(figure)
    figure.add_argument("--out", required=True, type=Path, metavar="FILE", help="FILE.html or FILE.png")


def _file(text: str) -> Path:
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder, not a file")
    return Path(text)


def _names(text: str) -> tuple[str, ...]:
    """Names with commas between them, and one with a comma in it: latent B, writer projection."""
    return tuple(name.strip() for name in re.split(r",(?! writer projection)", text))


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 9999")
    return int(text)


def _counts(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of whole numbers, such as 1,5,10") from None

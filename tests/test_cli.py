"""The command line as a person calls it, on real files."""

import json
import shutil
import struct
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import torch

from wvae.checkpoint import read_config, save_checkpoint
from wvae.cli import main
from wvae.clustering import CLUSTERERS
from wvae.digits import writer_split
from wvae.model import ModelConfig, build_model
from wvae.sources import load_digits, synthetic
from wvae.training_run import read_metrics

HERE = Path(__file__).parent.parent
SHIPPED = str(HERE / "checkpoints/synthetic-10d")
SMALL = ("--data", "synthetic:12", "--writers", "4")
TRAIN = ("train", "--preset", "article", "--data", "synthetic:30", "--writers", "10", "--epochs", "4", "--batch", "50")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, said, shown = tmp_path_factory.mktemp("trained") / "model", StringIO(), StringIO()
    with redirect_stdout(said), redirect_stderr(shown):
        assert main([*TRAIN, "--latent-a", "2", "--latent-b", "3", "--device", "cpu", "--out", str(folder)]) == 0
    assert "nats per image" in said.getvalue()
    assert "epoch 4/4" in shown.getvalue()
    return folder


def test_a_checkpoint_records_how_it_was_made(trained: Path) -> None:
    config = read_config(trained)
    assert config["preset"] == "article"
    assert (config["model"]["latent_a"], config["model"]["latent_b"]) == (2, 3)
    assert config["training"]["epochs"] == 4
    assert config["training"]["seed"] == 0
    assert config["data"]["source"] == "synthetic:30"
    assert config["data"]["images"] == 1200
    assert config["data"]["split"] == {"evaluation_writers": 10, "seed": 0}
    assert config["data"]["digest"] == synthetic.identity(30)
    assert config["record"]["seconds"] > 0
    assert config["figures"]["reconstruction"]["reconstruction"] > 0
    assert [line["epoch"] for line in read_metrics(trained)] == [1, 2, 3, 4]
    assert json.loads((trained / "status.json").read_text())["state"] == "finished"
    assert not (trained / "last").exists()


def test_evaluate_gives_the_figures_of_training(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out.json"
    assert main(["evaluate", str(trained), "--data", "synthetic:30", "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    figures = read_config(trained)["figures"]
    assert found["split"] == {"evaluation_writers": 10, "seed": 0}
    assert found["images"] == figures["images"] == 600
    assert found["reconstruction"]["reconstruction"] == pytest.approx(figures["reconstruction"]["reconstruction"])
    assert found["digit_accuracy"] == figures["digit_accuracy"]
    assert f"{figures['reconstruction']['reconstruction']:.2f} nats" in capsys.readouterr().out


def test_a_finished_checkpoint_is_not_overwritten(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (trained / "model.safetensors").read_bytes()
    assert main([*TRAIN, "--out", str(trained)]) == 2
    assert "already holds a finished checkpoint" in capsys.readouterr().err
    assert (trained / "model.safetensors").read_bytes() == before


def test_import_and_info(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(shared / "original/model1.npz"), "--out", str(tmp_path / "article-1")]) == 0
    assert main(["import", str(shared / "original/model3.npz"), "--out", str(tmp_path / "article-1")]) == 2
    assert "already holds a checkpoint" in capsys.readouterr().err
    again = ["import", str(shared / "original/model1.npz"), "--out", str(tmp_path / "article-1")]
    assert main(again) == 0  # as after a kill when all was written
    capsys.readouterr()
    assert main(["info", str(tmp_path / "article-1")]) == 0
    assert json.loads(capsys.readouterr().out)["imported"] == {"file": "model1.npz"}


def test_data_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list"]) == 0
    listed = capsys.readouterr().out
    assert "qmnist:train" in listed
    assert "synthetic" in listed
    assert main(["data", "show", "synthetic:20"]) == 0
    assert "1200 images by 20 writers, 60 to 60 each" in capsys.readouterr().out


def test_help_names_every_command() -> None:
    command = [sys.executable, "-m", "wvae", "--help"]
    text = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True).stdout
    for command in ("data", "train", "evaluate", "benchmark", "retrieve", "figure", "import", "info"):
        assert command in text
    assert " job" not in text  # it is for the program itself


def test_help_names_every_clusterer(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["benchmark", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name in CLUSTERERS:
        assert name in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("train", "--preset", "vae", "--data", "synthetic", "--out", "{tmp}/x"), ["no preset 'vae'", "article"]),
        ((*TRAIN, "--latent-b", "0", "--out", "{tmp}/x"), ["latent_b must be a whole number from 1, not 0"]),
        (("train", "--data", "mnist", "--out", "{tmp}/x"), ["'mnist'", "qmnist:train"]),
        (("train", "--data", "synthetic:30", "--out", "{tmp}/x"), ["only 30 of 30 writers"]),
        (("train", "--data", "qmnist:nist", "--root", "{tmp}", "--out", "{tmp}/x"), ["fetch qmnist:nist"]),
        (("evaluate", "{tmp}/absent", "--data", "synthetic"), ["no checkpoint"]),
        (("info", "{tmp}"), ["no model.safetensors"]),
        (("import", "{tmp}/absent.npz", "--out", "{tmp}/x"), ["no file"]),
        (("data", "fetch"), ["Name a source"]),
        (("data", "fetch", "synthetic"), ["synthetic"]),
        (("benchmark", SHIPPED, *SMALL, "--backend", "mpi", "--json", "{tmp}/x"), ["no backend 'mpi'", "threading"]),
        (("benchmark", SHIPPED, *SMALL, "--representations", "latent C", "--json", "{tmp}/x"), ["'latent C'"]),
        (("benchmark", SHIPPED, *SMALL, "--scheduler", "tcp://127.0.0.1:1", "--json", "{tmp}/x"), ["name both"]),
        (("benchmark", SHIPPED, *SMALL, "--clusterers", "dbscan", "--json", "{tmp}/x"), ["no clusterer 'dbscan'"]),
        (("job", "{tmp}/x"), ["cannot be read"]),
        (("retrieve", SHIPPED, *SMALL, "--digits", "0", "--json", "{tmp}/x"), ["0"]),
        (("evaluate", SHIPPED, *SMALL, "--split-seed", "-1"), ["the seed must be 0 or more"]),
        (("evaluate", SHIPPED, "--data", "synthetic", "--split-seed", "1"), ["disjoint protocol cannot be kept"]),
        (("benchmark", SHIPPED, *SMALL, "--clusterers", "ward", "--fits", "inductive"), ["ward cannot predict"]),
        (("figure", "plane", SHIPPED, *SMALL, "--writers", "0", "--out", "{tmp}/x.html"), ["no images to draw"]),
        (("figure", "plane", SHIPPED, *SMALL, "--out", "{tmp}/x.txt"), [".html or .png, not as 'x.txt'"]),
    ],
)
def test_errors_are_one_sentence(
    arguments: tuple[str, ...], says: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(tmp=tmp_path) for argument in arguments]) == 2
    (error,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("wvae: "))
    for words in says:
        assert words in error
    assert not list(tmp_path.iterdir())


def test_digits_that_are_missing_are_named_with_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", "qmnist:nist", "--root", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith("\nThe command is: python -m wvae data fetch qmnist:nist\n")


@pytest.mark.parametrize(("option", "value"), [("--digits", "1,x"), ("--json", "{tmp}")])
def test_an_option_that_is_none(option: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["retrieve", SHIPPED, *SMALL, option, value.format(tmp=tmp_path)])
    assert value.format(tmp=tmp_path) in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TRAIN, "--device", "cuda", "--out", str(tmp_path / "x")]) == 2
    assert "no CUDA device" in capsys.readouterr().err


def test_public_names() -> None:
    """The names that other programs call, as the README shows them."""
    import wvae

    digits = wvae.load_digits("synthetic:3")
    model = wvae.load_checkpoint("checkpoints/synthetic-10d")
    latents = wvae.encode(model, digits.images)
    images = wvae.decode(model, latents.mean_a, latents.mean_b)
    scores = wvae.digit_probabilities(model, latents.mean_a)
    assert images.shape == (180, 28, 28)
    assert np.abs(images - digits.images / 255).mean() < 0.1
    assert (scores.argmax(1) == digits.digits).mean() > 0.9


def test_an_unfinished_run_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "model/last/state.safetensors"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"what an earlier run kept")
    assert main([*TRAIN, "--out", str(tmp_path / "model")]) == 2
    assert "holds an unfinished run: resume it (--resume)" in capsys.readouterr().err
    assert state.read_bytes() == b"what an earlier run kept"


def test_a_model_of_the_article_protocol_is_benchmarked_under_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how = ("--protocol", "article", "--split-seed", "1", "--epochs", "1", "--device", "cpu")
    assert main(["train", *SMALL, *how, "--out", str(tmp_path / "model")]) == 0
    data = read_config(tmp_path / "model")["data"]
    assert data["protocol"] == "article"
    assert data["split"] == {"evaluation_writers": 4, "seed": 1}
    assert data["images"] == 4 * 54  # the training images of the evaluation writers
    of_latents = ["--representations", "latent B", "--seeds", "1"]
    benchmark = ["benchmark", str(tmp_path / "model"), "--data", "synthetic:12", *of_latents]
    assert main(benchmark) == 0
    assert "24 images by 4 writers of synthetic:12, protocol article" in capsys.readouterr().out
    assert main([*benchmark, "--protocol", "disjoint"]) == 2
    assert "4 of the 4 evaluation writers" in capsys.readouterr().err


def test_benchmark_prints_a_line_for_each_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "out.json"
    names = ["--representations", "raw pixels,latent B", "--clusterers", "k-means, ward", "--seeds", "2"]
    assert main(["benchmark", SHIPPED, *SMALL, *names, "--json", str(file)]) == 0
    title, head, *lines = capsys.readouterr().out.splitlines()
    assert title == "24 images by 4 writers of synthetic:12, protocol disjoint"
    titles = ["AMI", "95 % interval", "less raw pixels", "ARI", "purity (chance)", "seconds"]
    assert [title.strip() for title in head.split("  ") if title.strip()] == titles
    summary = json.loads(file.read_text())["summary"]
    assert [(line["representation"], line["clusterer"], line["fit"]) for line in summary] == [
        ("oracle", "none", "none"),
        ("chance", "none", "none"),
        ("the digit", "none", "none"),
        ("raw pixels", "k-means", "transductive"),
        ("raw pixels", "k-means", "inductive"),
        ("raw pixels", "ward", "transductive"),
        ("latent B", "k-means", "transductive"),
        ("latent B", "k-means", "inductive"),
        ("latent B", "ward", "transductive"),
    ]
    assert lines[len(summary)].split()[-3:] == ["0.0580", "0.0204", "0.189"]  # published
    assert len(lines) == len(summary) + 5
    assert lines[-1].startswith("seconds: wall-clock")
    for line, expected in zip(lines, summary, strict=False):
        ami, less = expected["metrics"]["ami"], expected["difference"] and expected["difference"]["ami"]
        name = ", ".join(expected[part] for part in ("representation", "clusterer", "fit") if expected[part] != "none")
        assert line.startswith(f"{name}  ")
        assert line[len(name) :].split()[0] == f"{ami['mean']:.4f}"
        words = [f"{expected['metrics']['ari']['mean']:.4f}", f"{expected['metrics']['purity']['mean']:.3f}"]
        assert "  ".join([*words, f"({expected['purity_chance']:.3f})"]) in line
        assert expected["n"] == (
            2 if expected["clusterer"] == "k-means" or expected["representation"] == "chance" else 1
        )
        interval = f"{ami['low']:.4f} to {ami['high']:.4f}" if ami["low"] is not None else "nothing"
        assert (interval in line) == (expected["n"] == 2)
        if expected["representation"] == "latent B" and expected["n"] == 2:
            assert f"{less['low']:.4f} to {less['high']:.4f}" in line


def test_retrieve_prints_what_it_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "out.json"
    assert main(["retrieve", SHIPPED, *SMALL, "--digits", "1,5", "--json", str(file)]) == 0
    title, _, *lines = capsys.readouterr().out.splitlines()
    assert title == "writer retrieval among 4 writers of synthetic:12, protocol disjoint"
    found = json.loads(file.read_text())
    assert (found["data"], found["protocol"]) == ("synthetic:12", "disjoint")
    assert found["split"] == {"evaluation_writers": 4, "seed": 0}
    names = [row["representation"] for row in found["rows"]]
    assert names == [name for name in dict.fromkeys(names) for _ in (1, 5)]
    assert {"raw pixels", "latent A", "latent B", "oracle"} < set(names)
    assert len(lines) == len(found["rows"])
    for line, row in zip(lines, found["rows"], strict=True):
        assert line.startswith(f"{row['representation']}  ")
        top = [f"{row[f'top{n}']['mean']:.3f} ({row[f'chance{n}']:.3f})" for n in (1, 5)]
        assert line[len(row["representation"]) :].split() == f"{row['images']} 4 {top[0]} {top[1]}".split()
    top1 = {(row["representation"], row["images"]): row["top1"]["mean"] for row in found["rows"]}
    assert top1["oracle", 5] > top1["oracle", 1] > 0.25


def test_a_writer_projection_is_clustered_and_retrieved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, file = str(tmp_path / "model"), tmp_path / "out.json"
    save_checkpoint(tmp_path / "model", build_model(ModelConfig(2, 4, 20, writer_dimensions=3)), {})
    how = ("--representations", "latent B, writer projection, raw pixels", "--clusterers", "k-means", "--seeds", "1")
    assert main(["benchmark", model, *SMALL, "--protocol", "article", *how, "--json", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("latent B, writer projection, k-means, transductive  ") for line in lines)
    names = {row["representation"] for row in json.loads(file.read_text())["rows"] if row["clusterer"] == "k-means"}
    assert names == {"latent B, writer projection", "raw pixels"}
    assert main(["retrieve", model, *SMALL, "--protocol", "article", "--digits", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("latent B, writer projection  ")]
    assert main(["benchmark", SHIPPED, *SMALL, *how]) == 2
    assert "no representation 'latent B, writer projection'" in capsys.readouterr().err


WRITERS = [f"writer {n}" for n in writer_split(load_digits("synthetic:12"), 4).evaluation_writers]


@pytest.mark.parametrize(
    ("figure", "names"),
    [
        ("plane", [f"{digit} (24)" for digit in range(10)]),
        ("projections", 2 * [str(digit) for digit in range(10)] + 2 * ["others", *WRITERS]),
    ],
)
def test_a_figure_is_a_page_of_its_own(
    figure: str, names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.html"
    assert main(["figure", figure, SHIPPED, *SMALL, "--out", str(file)]) == 0
    assert f"written to {file}" in capsys.readouterr().out
    library, drawing = file.read_text().rsplit("Plotly.newPlot(", 1)
    traces, _ = json.JSONDecoder().raw_decode(drawing[drawing.index("[") :])
    assert [trace["name"] for trace in traces if trace["type"] == "scattergl"] == names
    assert "plotly.js v" in library  # all of it,
    assert "<script src" not in library  # from nowhere else


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium to draw with")
def test_a_figure_is_a_picture(tmp_path: Path) -> None:
    file = tmp_path / "x.png"
    assert main(["figure", "plane", SHIPPED, *SMALL, "--out", str(file)]) == 0
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (2000, 2200)
    assert list(tmp_path.iterdir()) == [file]

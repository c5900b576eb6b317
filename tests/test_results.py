"""The script that makes the tables of docs/representation.md, on tiny models."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from wvae.checkpoint import WEIGHTS
from wvae.presets import preset
from wvae.training_job import run_training
from wvae.training_run import TrainingRun

DOCS = Path(__file__).parent.parent / "docs"
SOURCE = "synthetic:12"


def tiny(name: str) -> TrainingRun:
    model, training = preset(name)
    small = replace(model, latent_a=10, latent_b=4, hidden=16, flow_hidden=4)
    return TrainingRun(name, small, replace(training, epochs=1, flow_epochs=min(training.flow_epochs, 1)), SOURCE, 4)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "representation", raising=False)
    import representation

    return representation


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the article's kind and one of ours."""
    home = tmp_path_factory.mktemp("checkpoints")
    for name in ("article", "wvae"):
        run_training(tiny(name), home / name)
    return home


def test_the_tables(script: ModuleType, checkpoints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.shipped("qmnist:train", checkpoints) == []
    folders = script.shipped(SOURCE, checkpoints)
    assert [folder.name for folder in folders] == ["wvae", "article"]
    script.print_results(folders, SOURCE)
    blocks = capsys.readouterr().out.strip().split("\n\n")
    tables = [block.splitlines() for block in blocks if block.startswith("|")]
    first = [[line.split("|")[1].strip() for line in table if not line.startswith("|-")] for table in tables]
    assert first[:2] == [["model", "`wvae`", "`article`"]] * 2
    assert first[2] == [
        *("representation", "raw pixels", "morphometry"),
        *("`wvae`, latent B", "`wvae`, latent B, writer projection", "`article`, latent B"),
    ]
    for table in tables:
        assert len({line.count("|") for line in table}) == 1


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium to draw with")
def test_the_frontier(
    script: ModuleType, checkpoints: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frontier, picture = tmp_path / "frontier", tmp_path / "frontier.png"
    (frontier / "wvae-b4").parent.mkdir()
    (frontier / "wvae-b4").symlink_to(checkpoints / "wvae")  # there already, so that it is not trained
    script.print_frontier(tiny("wvae"), frontier, checkpoints / "article", picture, sizes=(2, 4))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| `")]
    sizes = [tuple(cell.strip() for cell in line.split("|")[1:3]) for line in lines]
    assert sizes == [("`wvae-b2`", "2"), ("`wvae-b4`", "4"), ("`article`", "4")]
    assert (frontier / "wvae-b2" / WEIGHTS).exists()
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_row_for_each_run_and_their_medians(
    script: ModuleType, checkpoints: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tiny("wvae")
    run_training(replace(run, split_seed=1), tmp_path / "other")
    script.print_runs([checkpoints / "wvae", tmp_path / "other"])
    lines = [line.strip("|").split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [line[0].strip() for line in lines[2:]] == ["`wvae`", "`other`", "median"]
    columns = [[cell.strip() for cell in column] for column in list(zip(*lines[2:], strict=True))[1:]]
    assert any(first != second for first, second, _ in columns)
    for first, second, median in columns:
        if first and second:
            assert float(median) == pytest.approx((float(first) + float(second)) / 2, abs=1e-3)
        else:  # such as a ratio to raw pixels that are no better than chance
            assert median == ""


def test_the_figure_has_each_model_in_both_panels(script: ModuleType) -> None:
    def point(name: str, latent_b: int, nats: float) -> object:
        return script.Point(name, latent_b, nats, 0.98, 0.14, script.WriterFigures(0.1, 1.3, {10: 0.4, 25: 0.7}))

    points, article = [point("b2", 2, 110), point("b10", 10, 78)], point("article", 10, 75)
    figure = script.frontier_figure(points, article, morphometry=0.57, chance=0.11)
    panels = [(list(trace.x), list(trace.y), list(trace.text)) for trace in figure.data]
    assert panels == [
        ([110, 78], [0.14, 0.14], ["2", "10"]),
        ([75], [0.14], ["10"]),
        ([110, 78], [0.7, 0.7], ["2", "10"]),
        ([75], [0.7], ["10"]),
    ]
    assert [line.y0 for line in figure.layout.shapes] == [0.11, 0.57]

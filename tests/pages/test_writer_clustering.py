"""The page of writer clustering through Streamlit's own test driver, with real benchmarks."""

import base64
import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.test_bars import drawn_bars
from tests.waiting import wait_until
from wvae.benchmark_job import BenchmarkRun, part_folder, run_benchmark, start_benchmark
from wvae.benchmark_results import PUBLISHED, read_result, summarise
from wvae.checkpoint import load_checkpoint, save_checkpoint
from wvae.clustering import FITS
from wvae.digits import writer_split
from wvae.jobs import JOB, read_status, stop
from wvae.sources import load_digits
from wvae.ui.gallery import pictures_of
from wvae.ui.page_bodies.clustering_answer import headline

HERE = Path(__file__).resolve().parents[2]
SHIPPED = HERE / "checkpoints/synthetic-10d"
Show = Callable[..., AppTest]
RUN = BenchmarkRun(
    str(SHIPPED), "synthetic:12", 4, 0, "disjoint", ("raw pixels", "latent B"), ("k-means", "gaussian mixture"), FITS, 2
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("made") / "mine.json"
    run_benchmark(RUN, file)
    return file


@pytest.fixture
def benchmarks(house: Path) -> Iterator[Path]:
    """The folder of results of a house with one model and no recorded result; what works there is stopped."""
    (house / "checkpoints").unlink()
    shutil.copytree(SHIPPED, house / "checkpoints/synthetic-10d", ignore=shutil.ignore_patterns("benchmark.json"))
    folder = house / "runs/benchmarks"
    folder.mkdir(parents=True)
    yield folder
    for part in folder.glob("*.part"):
        stop(part)
        wait_until(part)


def unpack(archive: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as pictures:
        pictures.extractall(folder)


def pictures(app: AppTest, which: int) -> list[list[int]]:
    """The pictures in one of the page's galleries, each as its pixels."""
    data = json.loads(app.get("bidi_component")[which].proto.json)
    return np.frombuffer(base64.b64decode(data["pictures"]), np.uint8).reshape(-1, 784).tolist()


def test_a_first_benchmark_is_started_stopped_and_gone_on_with(benchmarks: Path, show: Show) -> None:
    app = show("writer_clustering")
    assert not app.exception
    assert not app.error
    assert not app.dataframe
    assert "No benchmark has been run here yet" in app.info[0].value
    assert app.expander[0].proto.expanded
    app.multiselect(key="clustering rows").set_value(["latent B"])
    app.multiselect(key="clustering clusterers").set_value(["ward"])
    app.text_input(key="clustering name").set_value("first")
    next(button for button in app.button if button.label == "Run").click().run()
    assert not app.exception
    assert not app.error
    folder = benchmarks / "first.json.part"
    assert read_status(folder).alive
    asked = ["checkpoints/synthetic-10d", "synthetic", 100, 0, "disjoint", ["latent B"], ["ward"], list(FITS), 5]
    assert list(json.loads((folder / JOB).read_text())["run"].values()) == asked

    app.button(key="clustering stop first").click().run()
    assert wait_until(folder).state == "stopped"
    app.run()
    assert app.info[1].value.startswith("**first** stopped: ")
    app.button(key="clustering resume first").click().run()
    assert not app.exception
    assert not app.error
    assert read_status(folder).alive
    assert app.button(key="clustering stop first")


def test_a_benchmark_that_finishes_is_opened(made: Path, benchmarks: Path, show: Show) -> None:
    shutil.copy(made, benchmarks / "earlier.json")
    app = show("writer_clustering")
    start_benchmark(RUN, benchmarks / "new.json")
    assert app.run().selectbox(key="result").value == "earlier"
    wait_until(part_folder(benchmarks / "new.json"))
    assert app.run().selectbox(key="result").value == "new"
    assert [toast.value for toast in app.toast] == ["new has finished: its answer is on top of the page."]
    app.selectbox(key="result").set_value("earlier").run()
    assert app.run().selectbox(key="result").value == "earlier"


def test_only_the_model_in_view_shows_its_broken_off_benchmarks(benchmarks: Path, house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/mine", load_checkpoint(SHIPPED), {})
    start_benchmark(replace(RUN, clusterers=("dbscan",)), benchmarks / "wrong.json")
    wait_until(part_folder(benchmarks / "wrong.json"))
    app = show("writer_clustering", model="synthetic-10d")
    assert "**wrong** failed" in app.error[0].value
    assert [fold.label for fold in app.expander] == ["New run"]
    app.sidebar.selectbox(key="model").set_value("mine").run()
    (fold,) = (fold for fold in app.expander if fold.label == "Stopped or failed, of other models (1)")
    assert [error.value for error in app.error] == [error.value for error in fold.error]
    assert not fold.proto.expanded


def test_a_folder_offers_no_more_writers_than_it_has(benchmarks: Path, house: Path, show: Show) -> None:
    digits = load_digits("synthetic:4")  # with 60 images each, as few as a benchmark takes
    one_short = np.arange(len(digits)) != np.flatnonzero(digits.writers == 3)[0]
    unpack(pictures_of(digits, np.flatnonzero(one_short)), house / "data/three")
    unpack(pictures_of(digits, np.flatnonzero(one_short & (digits.writers > 1))), house / "data/one")
    app = show("writer_clustering", data="folder:three")
    (writers,) = (number for number in app.number_input if number.label == "Writers")
    assert (writers.max, writers.value) == (3, 3)
    app.sidebar.selectbox(key="data").set_value("folder:one").run()
    assert not app.exception
    assert "needs at least 2 writers with 60 digits each, of which folder:one has 1" in app.info[1].value
    assert not any(button.label == "Run" for button in app.button)


@pytest.mark.filterwarnings("ignore:.* tasks (which were still being processed|have been successfully)")
def test_broken_off_benchmarks_can_be_deleted(benchmarks: Path, show: Show) -> None:
    def interrupt(row: object, share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_benchmark(RUN, benchmarks / "halted.json", report=interrupt)
    start_benchmark(replace(RUN, clusterers=("dbscan",)), benchmarks / "wrong.json")
    wait_until(part_folder(benchmarks / "wrong.json"))
    app = show("writer_clustering")
    assert not app.exception
    assert app.info[1].value == "**halted** stopped: rows that are kept: 1"
    assert "**wrong** failed: There is no clusterer 'dbscan'" in app.error[0].value
    for name in ("halted", "wrong"):
        assert app.button(key=f"clustering resume {name}").label == "Resume"
        assert app.button(key=f"clustering delete {name}").label == "Delete"
    app.button(key="clustering resume wrong").click().run()
    assert not app.exception
    assert wait_until(part_folder(benchmarks / "wrong.json")).state == "failed"
    app.run()
    assert "**wrong** failed: There is no clusterer 'dbscan'" in app.error[0].value
    app.button(key="clustering delete wrong").click().run()
    assert not app.exception
    assert not app.error
    assert list(benchmarks.iterdir()) == [part_folder(benchmarks / "halted.json")]


def test_a_result_is_shown(made: Path, benchmarks: Path, show: Show) -> None:
    shutil.copy(made, benchmarks)
    app = show("writer_clustering")
    assert not app.exception
    assert not app.error
    assert "24 test images by 4 writers of synthetic:12" in app.caption[0].value
    result = read_result(made)
    table, published, writers, digits, clusters = (frame.value for frame in app.dataframe)
    lines = summarise(result.rows)
    assert table["representation"].tolist() == [line.representation for line in lines]
    assert table["AMI"].tolist() == [line.metrics["ami"].mean for line in lines]
    assert table["chance purity"].tolist() == [line.purity_chance for line in lines]
    less = {(line.representation, line.clusterer, line.fit): line.difference for line in lines}
    found = less["latent B", "k-means", "transductive"]["ami"]
    shown = table[(table["representation"] == "latent B") & (table["clusterer"] == "k-means")].iloc[0]
    assert (shown["fit"], shown["AMI less raw pixels"]) == ("transductive", f"{found.low:.3f} to {found.high:.3f}")
    assert tuple(published.iloc[0]) == PUBLISHED[0]

    tested = load_digits("synthetic:12")
    tested = tested[writer_split(tested, 4).test]
    assert app.selectbox(key="clustering row").value == "latent B, k-means, transductive, seed 0"
    row = next(row for row in result.rows if row.key == ("latent B", "k-means", "transductive", 0))
    labels = np.array(row.labels)
    cluster, writer = app.selectbox(key="clustering cluster").value, app.selectbox(key="clustering writer").value
    assert (labels == cluster).sum() == np.bincount(labels).max()
    assert pictures(app, 0) == tested.images[labels == cluster].reshape(-1, 784).tolist()
    assert pictures(app, 1) == tested.images[tested.writers == writer].reshape(-1, 784).tolist()
    for frame, name, values in ((writers, "writer", tested.writers), (digits, "digit", tested.digits)):
        counts = dict(zip(frame[name], frame["images"], strict=True))
        assert counts == {v: (values[labels == cluster] == v).sum() for v in values[labels == cluster]}
        assert frame[f"of {name}'s"].tolist() == [(values == value).sum() for value in frame[name]]
    counts = dict(zip(clusters["cluster"], clusters["images"], strict=True))
    assert counts == {c: (labels[tested.writers == writer] == c).sum() for c in labels[tested.writers == writer]}


def test_a_result_that_does_not_say_its_seeds(made: Path, benchmarks: Path, show: Show) -> None:
    content = json.loads(made.read_text())
    del content["config"]["seeds"]
    (benchmarks / "other.json").write_text(json.dumps(content))
    app = show("writer_clustering")
    assert not app.exception
    assert not app.error
    assert "intervals are over 2 seeds" in app.caption[0].value


def test_two_results_stand_side_by_side(made: Path, benchmarks: Path, house: Path, show: Show) -> None:
    shutil.copy(made, benchmarks)
    shutil.copy(made, house / "checkpoints/synthetic-10d/benchmark.json")
    app = show("writer_clustering")
    assert app.selectbox(key="result").value == "synthetic-10d, recorded"
    assert "AMI" in app.dataframe[0].value
    app.selectbox(key="clustering beside").set_value("mine").run()
    assert not app.exception
    assert not app.error
    names = ["synthetic-10d, recorded", "mine"]
    columns = [column for column in app.columns if column.header]
    assert [column.header[0].value for column in columns] == names
    answers = [column.markdown[0].value for column in columns]
    assert answers[0] == answers[1]
    assert [len(column.get("html")) for column in columns] == [1, 1]
    table = app.dataframe[0].value
    assert len(table) == len(summarise(read_result(made).rows))
    assert table[f"AMI · {names[0]}"].tolist() == table[f"AMI · {names[1]}"].tolist()
    assert table.columns.tolist()[3:5] == [f"AMI · {name}" for name in names]
    (fold,) = (fold for fold in app.expander if fold.label == "All rows")
    charts = [column.get("plotly_chart") for column in fold.columns if column.get("plotly_chart")]
    assert [len(chart) for chart in charts] == [1, 1]
    ranges = [json.loads(chart[0].proto.spec)["layout"]["xaxis"]["range"] for chart in charts]
    assert ranges[0] == ranges[1]
    for chart in charts:
        assert [trace["name"] for trace in json.loads(chart[0].proto.spec)["data"] if "latent B" in trace["y"]] == [
            f"{clusterer} · {fit}" for clusterer in RUN.clusterers for fit in FITS
        ]


def test_two_answers_are_on_one_scale(made: Path, benchmarks: Path, house: Path, show: Show) -> None:
    shutil.copy(made, benchmarks)
    shutil.copy(HERE / "checkpoints/synthetic-style/benchmark.json", house / "checkpoints/synthetic-10d")
    app = show("writer_clustering")
    app.selectbox(key="clustering beside").set_value("mine").run()
    scales = []
    for chart, file in zip(app.get("html"), (house / "checkpoints/synthetic-10d/benchmark.json", made), strict=True):
        bar = drawn_bars(chart.proto.body)["latent B"]
        ami = headline(read_result(file)).lines["latent B"].metrics["ami"]
        scales.append((bar.zero, (bar.high - bar.low) / (ami.high - ami.low)))
    assert scales[0] == pytest.approx(scales[1], rel=0.01)


def test_the_page_opens_with_its_answer(benchmarks: Path, house: Path, show: Show) -> None:
    shutil.copy(HERE / "checkpoints/synthetic-style/benchmark.json", house / "checkpoints/synthetic-10d")
    app = show("writer_clustering")
    assert not app.exception
    said = [text.value for text in app.main.markdown]
    assert said[1].startswith("**Yes, a little**: clusters of latent B, in its writer projection, agree")
    (chart,) = app.get("html")
    drawn = drawn_bars(chart.proto.body)
    assert list(drawn) == ["chance", "raw pixels", "morphometry", "latent B", "writer projection"]
    lines = headline(read_result(house / "checkpoints/synthetic-10d/benchmark.json")).lines
    for bar, line in zip(drawn.values(), lines.values(), strict=True):
        ami = line.metrics["ami"]
        assert bar.value == f"{ami.mean:.3f}"
        length = bar.end - bar.zero
        assert (bar.low - bar.zero) / length == pytest.approx(ami.low / ami.mean, abs=0.01)
        assert (bar.high - bar.zero) / length == pytest.approx(ami.high / ami.mean, abs=0.01)
    assert re.search(r"\*\*writer projection\*\* 0\.\d{3}: :green-badge\[good\] clearly above raw pixels\.", said[2])
    assert {fold.label: fold.proto.expanded for fold in app.expander} == {"All rows": False, "New run": False}


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (lambda whole: whole[:1000], ""),
        (lambda whole: whole.replace('"writers":4,', "", 1), "missing required field writers"),
    ],
    ids=["torn", "without its writers"],
)
def test_a_damaged_result_is_said_and_the_others_work(
    damaged: Callable[[str], str], says: str, made: Path, benchmarks: Path, show: Show
) -> None:
    shutil.copy(made, benchmarks)
    (benchmarks / "damaged.json").write_text(damaged(made.read_text()))
    os.utime(benchmarks / "damaged.json", (2e9, 2e9))  # the newest, which is shown first
    app = show("writer_clustering")
    assert app.selectbox(key="result").value == "damaged"
    assert not app.exception
    (error,) = app.error
    assert "damaged.json cannot be read" in error.value
    assert says in error.value
    assert not app.dataframe
    assert any(button.label == "Run" for button in app.button)
    app.selectbox(key="clustering beside").set_value("mine").run()
    deletes = [button for button in app.button if button.label.startswith("Delete")]
    assert [button.label for button in deletes] == ["Delete damaged"]
    deletes[0].click().run()
    assert os.listdir(benchmarks) == ["mine.json"]
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert len(app.dataframe) == 5


@pytest.mark.parametrize(
    ("source", "says"),
    [("folder:gone", "labels.csv is missing"), ("synthetic:13", "are not those that were clustered")],
)
def test_a_result_whose_digits_are_gone_or_others(
    source: str, says: str, made: Path, benchmarks: Path, show: Show
) -> None:
    content = json.loads(made.read_text())
    content["config"]["source"] = source
    (benchmarks / "old.json").write_text(json.dumps(content))
    app = show("writer_clustering")
    assert not app.exception
    (error,) = app.error
    assert says in error.value
    assert len(app.dataframe) == 2  # the table, and the article's


def test_digits_of_a_result_that_are_missing_can_be_downloaded(
    made: Path, benchmarks: Path, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.loads(made.read_text())
    content["config"]["source"] = "qmnist:test"
    (benchmarks / "old.json").write_text(json.dumps(content))
    asked: list[str] = []
    monkeypatch.setattr("wvae.ui.errors.start_fetch", asked.append)
    app = show("writer_clustering", data="qmnist:test")
    assert not app.exception
    assert app.error[0].value == "The digits of qmnist:test are not here: others are shown."
    assert app.error[1].value.endswith("is missing: fetch qmnist:test.")
    app.button(key="download missing qmnist:test page").click().run()
    assert not app.exception
    assert asked == ["qmnist:test"]
    assert app.title[0].value == "Models and data"
    assert app.query_params["tab"] == "Digits"


def test_a_model_with_a_damaged_config_is_said(benchmarks: Path, house: Path, show: Show) -> None:
    config = house / "checkpoints/synthetic-10d/config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"data": {"source": "synthetic", "split": 3}}))
    app = show("writer_clustering")
    assert not app.exception
    (error,) = app.error
    assert "cannot be read" in error.value
    assert "No benchmark has been run here yet" in app.info[0].value


def test_a_model_that_does_not_say_what_it_was_trained_on(benchmarks: Path, house: Path, show: Show) -> None:
    save_checkpoint(house / "runs/mine", load_checkpoint(SHIPPED), {})
    app = show("writer_clustering", model="synthetic-10d")
    assert app.segmented_control(key="clustering protocol synthetic-10d").value == "disjoint"
    app.sidebar.selectbox(key="model").set_value("mine").run()
    assert not app.exception
    assert "does not say on which writers" in app.warning[0].value
    assert app.segmented_control(key="clustering protocol mine").value is None
    assert app.button(key="clustering start").disabled
    app.segmented_control(key="clustering protocol mine").set_value("article").run()
    assert not app.button(key="clustering start").disabled


@pytest.mark.parametrize(
    ("record", "whose"),
    [
        ({"data": {"source": "synthetic:12", "split": {"evaluation_writers": 4, "seed": 0}}}, "held+out"),
        ({"data": {"source": "synthetic:12", "split": {"evaluation_writers": 4, "seed": 1}}}, "all"),
        ({"data": {"source": "synthetic:12"}}, "all"),
        ({}, "all"),
    ],
)
def test_the_link_to_the_map_claims_only_what_is_certain(
    record: dict[str, object], whose: str, made: Path, benchmarks: Path, show: Show
) -> None:
    save_checkpoint(benchmarks.parent / "mine", load_checkpoint(SHIPPED), record)
    content = json.loads(made.read_text())
    content["config"]["checkpoint"] = "runs/mine"
    (benchmarks / "mine.json").write_text(json.dumps(content))
    app = show("writer_clustering")
    assert not app.exception
    (link,) = [link.proto for link in app.main.get("page_link") if "Colour the latent map" in link.proto.label]
    assert f"to-whose={whose}" in link.query_string
    assert "to-model=mine" in link.query_string

"""Every page through Streamlit's own test driver."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from wvae import scorecard
from wvae.checkpoint import load_checkpoint, save_checkpoint
from wvae.digits import DigitSet
from wvae.model_catalogue import best_first
from wvae.own_digits import Picture, changed, save_pictures
from wvae.raster import png
from wvae.sources import load_digits
from wvae.ui.choice import CLUSTERING, SELECTION, Clustered
from wvae.ui.gallery import pictures_of
from wvae.ui.loaded import held_out
from wvae.ui.pages import PAGES as TABLE

HERE = Path(__file__).resolve().parents[2]
PAGES = [path.stem for path in sorted((HERE / "pages").glob("*.py"))]
WITH_A_MODEL = ["latent_map", "overview", "style_sliders", "style_transfer"]
Show = Callable[..., AppTest]


def best_shipped(synthetic: bool) -> str:
    return best_first((HERE / "checkpoints").glob("*/"), synthetic)[0].name


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_first(page: str, show: Show) -> None:
    app = show(page)
    assert not app.exception
    assert not app.error
    assert app.title


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_is_opened_first_is_run_by_the_dashboard(page: str, house: Path) -> None:
    dashboard = house / "dashboard.py"
    content = dashboard.read_text()
    dashboard.unlink()
    dashboard.write_text(f"import streamlit as st\nst.session_state['ran'] = True\n{content}")
    (house / "pages").unlink()
    shutil.copytree(HERE / "pages", house / "pages")
    app = AppTest.from_file(str(dashboard), default_timeout=60).switch_page(str(house / f"pages/{page}.py")).run()
    assert not app.exception
    assert "ran" in app.session_state
    assert app.title


def test_the_table_of_pages_is_of_those_that_are_there() -> None:
    assert sorted(TABLE) == PAGES


@pytest.mark.parametrize("page", WITH_A_MODEL)
def test_without_real_data_a_page_opens_on_synthetic_digits(page: str, show: Show) -> None:
    app = show(page)
    assert app.sidebar.selectbox(key="data").value == "synthetic"
    assert app.sidebar.selectbox(key="model").value == best_shipped(synthetic=True)
    assert "synthetic" in app.sidebar.info[0].value
    assert "Download" in app.sidebar.get("page_link")[0].proto.label


@pytest.mark.parametrize("page", WITH_A_MODEL)
def test_with_real_data_a_page_opens_on_them(
    page: str, show: Show, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WVAE_DATA", str(real_data))
    app = show(page)
    assert not app.exception
    assert not app.error
    assert app.sidebar.selectbox(key="data").value == "qmnist:train"
    assert app.sidebar.selectbox(key="model").value == best_shipped(synthetic=False)
    assert not app.sidebar.info


def test_writers_in_view(show: Show) -> None:
    assert "by all 500 writers, 30,000 in all" in show("overview").caption[0].value
    assert "by 100 held-out writers, 6,000 in all" in show("overview", whose="held out").caption[0].value
    assert "by 100 held-out writers" in show("overview", whose="unseen").caption[0].value  # as addresses once said
    chosen = show("overview", whose="chosen")
    assert "by writers 0, 1, 2, 3, 240 in all" in chosen.caption[0].value


@pytest.mark.parametrize(("name", "arrives"), [("qmnist-10d", "qmnist-10d"), ("nonsense", None)])
def test_a_link_sets_the_sidebar_once(name: str, arrives: str | None, show: Show) -> None:
    app = show("latent_map")
    app.query_params["to-model"] = name
    app.run()
    assert not app.exception
    assert app.sidebar.selectbox(key="model").value == (arrives or best_shipped(synthetic=True))
    assert "to-model" not in app.query_params


def test_a_link_to_what_is_not_here_says_so(show: Show) -> None:
    app = show("overview", model="gone", compare="lost", data="qmnist:test")
    for _ in range(2):
        assert not app.exception
        assert [warning.value for warning in app.warning] == [
            'There is no model "gone" here: another one is shown.',
            'There is no model "lost" here to compare with.',
        ]
        assert app.error[0].value == "The digits of qmnist:test are not here: others are shown."
        assert app.button(key="download missing qmnist:test link")
        app.run()
    assert not show("overview", model="qmnist-10d", compare="qmnist-1d", data="synthetic").warning
    app = show("latent_map")
    app.query_params["to-model"] = "gone"
    assert app.run().warning[0].value == 'There is no model "gone" here: another one is shown.'


@pytest.mark.parametrize(("page", "widget"), [("training", "run"), ("writer_clustering", "result")])
def test_a_link_to_a_deleted_run_or_result_says_so(page: str, widget: str, house: Path, show: Show) -> None:
    app = show(page, **{widget: "gone"})
    shown = ": another one is shown" if app.main.get("selectbox") and widget == "result" else ""
    assert [warning.value for warning in app.warning] == [f'There is no {widget} "gone" here{shown}.']
    assert not show(page).warning


def test_ones_own_folder_brings_a_model_that_fits_and_leaves_the_download(house: Path, show: Show) -> None:
    app = show("overview")
    archive = io.BytesIO(pictures_of(load_digits("synthetic:4"), np.arange(40)))
    zipfile.ZipFile(archive).extractall(house / "data/mine")
    for source, best in (("folder:mine", best_shipped(False)), ("synthetic", best_shipped(True))):
        app.run()
        app.sidebar.selectbox(key="data").set_value(source).run()
        assert not app.exception
        assert app.sidebar.selectbox(key="model").value == best
        assert app.sidebar.get("page_link")[0].proto.label == "Download 60,000 real digits"
        assert len(app.sidebar.info) == (source == "synthetic")  # these are no real handwriting
    assert show("overview", data="synthetic").sidebar.selectbox(key="model").value == best_shipped(True)
    app.sidebar.selectbox(key="model").set_value("qmnist-1d").run()
    app.sidebar.selectbox(key="data").set_value("folder:mine").run()
    assert app.sidebar.selectbox(key="model").value == "qmnist-1d"  # a person chose it


def test_no_held_out_writers_is_said(house: Path, show: Show) -> None:
    model = load_checkpoint(HERE / "checkpoints/synthetic-10d")
    data = {"source": "synthetic", "split": {"evaluation_writers": 0, "seed": 0}}
    save_checkpoint(house / "runs/none-held-out", model, {"data": data})
    for page in WITH_A_MODEL:
        app = show(page, model="none-held-out", whose="held out")
        assert not app.exception
        assert "No writers were held out" in app.error[0].value


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({}, "by 100 writers who may have been seen in training, 6,000 in all"),
        ({"imported": {"file": "model1.npz"}}, "by all 500 writers, held out, 30,000 in all"),  # of EMNIST
        ({"data": {"source": "synthetic"}}, "by 100 writers who may have been seen in training, 6,000 in all"),
        (
            {"data": {"source": "synthetic", "protocol": "article", "split": {"evaluation_writers": 50, "seed": 1}}},
            "by 50 writers, held-out digits, split seed 1, 300 in all",
        ),
        ({"data": {"source": "synthetic:80"}}, "by all 500 writers, held out, 30,000 in all"),
    ],
)
def test_only_what_is_certain_is_called_held_out(
    record: dict[str, object], words: str, house: Path, show: Show
) -> None:
    save_checkpoint(house / "runs/mine", load_checkpoint(HERE / "checkpoints/synthetic-10d"), record)
    app = show("overview", model="mine", whose="held out")
    assert not app.exception
    assert not app.error
    assert words in app.caption[0].value


def test_sessions_share_the_digits_that_are_held_out(house: Path) -> None:
    checkpoint = Path("checkpoints/synthetic-10d")
    assert held_out(checkpoint, "synthetic").digits is held_out(checkpoint, "synthetic").digits
    data = {"source": "synthetic", "split": {"evaluation_writers": 100, "seed": 1}}
    save_checkpoint(house / "runs/other", load_checkpoint(checkpoint), {"data": data})
    one, other = (held_out(folder, "synthetic") for folder in (checkpoint, house / "runs/other"))
    assert not np.array_equal(one.rows, other.rows)
    assert one.whose != other.whose  # a selection of the one is not shown as one of the other


def test_the_nats_of_the_mean_picture_are_computed_once(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    compute, computed = scorecard.mean_picture_nats, []

    def counted(digits: DigitSet) -> float:
        computed.append(compute(digits))
        return computed[-1]

    monkeypatch.setattr(scorecard, "mean_picture_nats", counted)
    app = show("overview", whose="chosen")
    app.sidebar.multiselect(key="who").set_value([77, 78, 79]).run()
    app.run()
    app.run()
    assert len([nats for nats in computed if f"costs {nats:.0f} nats" in app.caption[0].value]) == 1


def test_a_folder_that_has_fewer_digits_than_before(house: Path, show: Show) -> None:
    digits = load_digits("synthetic:1")

    def save(count: int) -> None:
        shutil.rmtree(house / "data", ignore_errors=True)
        files = [png(1 - image / 255, 4) for image in digits.images[:count]]
        pairs = zip(files, digits.digits.tolist(), strict=False)
        save_pictures([Picture("a.png", file, digit, 1) for file, digit in pairs], "mine")

    save(30)
    app = show("style_transfer", data="folder:mine")
    rows, version = np.arange(30), changed("folder:mine")
    app.session_state[SELECTION] = {("folder:mine by all 1 writers", version): rows.tolist()}
    app.selectbox(key="transfer-rows-by").set_value("map").run()
    assert not app.exception
    assert "The first 20 of 30" in app.caption[0].value
    save(12)
    app.run()
    assert not app.exception
    assert "No pictures are chosen yet" in app.main.info[0].value

    app = show("latent_map", data="folder:mine")
    app.session_state[CLUSTERING] = Clustered("folder:mine", version, rows, rows % 3)
    app.run()
    assert not app.exception
    assert "cluster" not in app.segmented_control(key="colour").options
    app.session_state[CLUSTERING] = Clustered("folder:mine", changed("folder:mine"), rows[:12], rows[:12] % 3)
    app.run()
    app.segmented_control(key="colour").set_value("cluster").run()
    assert not app.exception
    save(5)
    app.run()
    assert not app.exception
    assert app.segmented_control(key="colour").value == "digit"


def test_no_checkpoint_at_all_is_said(house: Path, show: Show) -> None:
    (house / "checkpoints").unlink()
    for page in WITH_A_MODEL:
        app = show(page)
        assert not app.exception
        assert "There is no trained model" in app.error[0].value


def test_a_broken_checkpoint_is_said_and_the_others_work(house: Path, show: Show) -> None:
    shutil.copytree(HERE / "checkpoints/synthetic-10d", house / "runs/broken")
    (house / "runs/broken/model.safetensors").write_bytes(b"\0" * 100)
    for page in WITH_A_MODEL:
        app = show(page)
        app.sidebar.selectbox(key="model").set_value("broken").run()
        assert not app.exception
        assert "truncated or corrupt" in app.error[0].value
        app.sidebar.selectbox(key="model").set_value("synthetic-10d").run()
        assert not app.error


def test_data_that_vanish_while_a_page_is_open(
    house: Path, show: Show, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = real_data / "QMNIST/raw"
    (house / "mine/QMNIST").mkdir(parents=True)
    shutil.copytree(raw, house / "mine/QMNIST/raw")
    monkeypatch.setenv("WVAE_DATA", "mine")
    app = show("overview")
    assert app.sidebar.selectbox(key="data").value == "qmnist:train"
    shutil.rmtree(house / "mine")
    app.run()
    assert not app.exception
    assert app.sidebar.selectbox(key="data").value == "synthetic"

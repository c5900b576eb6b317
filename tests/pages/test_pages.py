"""Every page through Streamlit's own test driver."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from wvae.checkpoint import load_checkpoint, save_checkpoint

HERE = Path(__file__).resolve().parents[2]
PAGES = [path.stem for path in sorted((HERE / "pages").glob("*.py"))]
WITH_A_MODEL = ["latent_map", "overview", "style_sliders", "style_transfer"]
Show = Callable[..., AppTest]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_first(page: str, show: Show) -> None:
    app = show(page)
    assert not app.exception
    assert not app.error
    assert app.title


@pytest.mark.parametrize("page", WITH_A_MODEL)
def test_without_real_data_a_page_opens_on_synthetic_digits(page: str, show: Show) -> None:
    app = show(page)
    assert app.sidebar.selectbox(key="data").value == "synthetic"
    assert app.sidebar.selectbox(key="model").value == "synthetic-10d"
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
    assert app.sidebar.selectbox(key="model").value == "qmnist-1d"
    assert not app.sidebar.info


def test_writers_in_view(show: Show) -> None:
    assert "by all 500 writers, 30,000 in all" in show("overview").caption[0].value
    assert "by 100 unseen writers, 6,000 in all" in show("overview", whose="unseen").caption[0].value
    chosen = show("overview", whose="chosen")
    assert "by writers 0, 1, 2, 3, 240 in all" in chosen.caption[0].value


@pytest.mark.parametrize(("name", "arrives"), [("qmnist-10d", "qmnist-10d"), ("nonsense", "synthetic-10d")])
def test_a_link_sets_the_sidebar_once(name: str, arrives: str, show: Show) -> None:
    app = show("latent_map")
    app.query_params["to-model"] = name
    app.run()
    assert not app.exception
    assert app.sidebar.selectbox(key="model").value == arrives
    assert "to-model" not in app.query_params


def test_no_writers_set_apart_is_said(house: Path, show: Show) -> None:
    model = load_checkpoint(HERE / "checkpoints/synthetic-10d")
    data = {"source": "synthetic", "split": {"evaluation_writers": 0, "seed": 0}}
    save_checkpoint(house / "runs/none-apart", model, {"data": data})
    for page in WITH_A_MODEL:
        app = show(page, model="none-apart", whose="unseen")
        assert not app.exception
        assert "No writers were set apart" in app.error[0].value


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

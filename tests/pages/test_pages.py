"""Pages through Streamlit's own test driver."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

HERE = Path(__file__).parent.parent.parent
PAGES = ["overview", "latent_map"]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the dashboard's files and checkpoints, and no data."""
    for name in ("dashboard.py", "pages", "checkpoints"):
        (tmp_path / name).symlink_to(HERE / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WVAE_DATA", raising=False)
    return tmp_path


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(HERE / "dashboard.py"), default_timeout=60)
    app.query_params.update(query)
    app.run()
    return app.switch_page(str(HERE / f"pages/{page}.py")).run()


@pytest.mark.parametrize("page", PAGES)
def test_without_real_data_a_page_opens_on_synthetic_digits(page: str, house: Path) -> None:
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert app.sidebar.selectbox(key="data").value == "synthetic"
    assert app.sidebar.selectbox(key="model").value == "synthetic-10d"
    assert "synthetic" in app.sidebar.info[0].value
    assert "Download" in app.sidebar.button[0].label


@pytest.mark.parametrize("page", PAGES)
def test_with_real_data_a_page_opens_on_them(
    page: str, house: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WVAE_DATA", str(shared / "data"))
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert app.sidebar.selectbox(key="data").value == "qmnist:train"
    assert app.sidebar.selectbox(key="model").value == "qmnist-1d"
    assert not app.sidebar.info


def test_the_map_is_coloured_by_digit_or_by_writer(house: Path) -> None:
    app = open_page("latent_map")
    assert not app.multiselect
    app.segmented_control(key="colour").set_value("writer").run()
    assert not app.exception
    assert len(app.multiselect(key="writers").value) == 4
    app.selectbox(key="a").set_value(3).run()
    assert not app.exception
    assert "30,000 digits of synthetic by all 500 writers" in app.caption[-1].value


def test_no_checkpoint_at_all_is_said(house: Path) -> None:
    (house / "checkpoints").unlink()
    for page in PAGES:
        app = open_page(page)
        assert not app.exception
        assert "There is no trained model" in app.error[0].value


def test_a_broken_checkpoint_is_said_and_the_others_work(house: Path) -> None:
    shutil.copytree(HERE / "checkpoints/synthetic-10d", house / "runs/broken")
    (house / "runs/broken/model.safetensors").write_bytes(b"\0" * 100)
    app = open_page("latent_map")
    app.sidebar.selectbox(key="model").set_value("broken").run()
    assert not app.exception
    assert "truncated or corrupt" in app.error[0].value
    app.sidebar.selectbox(key="model").set_value("synthetic-10d").run()
    assert not app.error

"""What guests and people elsewhere can and cannot do in the dashboard."""

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit import config
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from wvae.errors import ConfigError
from wvae.own_digits import Picture, save_pictures
from wvae.raster import png
from wvae.ui.door import at_this_machine
from wvae.ui.markdown import plain
from wvae.ui.page_bodies.training_form import check_source
from wvae.ui.pages import PAGES

HERE = Path(__file__).resolve().parents[2]
Show = Callable[..., AppTest]

CHANGES = ("add", "delete", "rename", "remove", "download", "keep", "start", "stop", "resume", "cancel")
"""Words in the keys of buttons that change something on the server."""


def changing(app: AppTest) -> list[str]:
    return [button.key for button in app.button if button.key and set(button.key.split()) & set(CHANGES)]


@pytest.fixture
def furnished(house: Path) -> Path:
    """A dashboard with a model, a run and a set of digits of somebody's."""
    shutil.copytree(HERE / "checkpoints/synthetic-10d", house / "runs/mine")
    (house / "runs/mine/job.json").write_text('{"kind": "training"}')
    (house / "runs/benchmarks/x.json.part").mkdir(parents=True)
    (house / "runs/benchmarks/x.json.part/job.json").write_text('{"kind": "benchmark"}')
    digit = np.zeros((40, 40), np.float32)
    digit[10:30, 18:22] = 1
    save_pictures([Picture("a.png", png(digit), 1, 1)], "theirs", house / "data")
    return house


@pytest.mark.parametrize("page", PAGES)
def test_guests_change_nothing(page: str, furnished: Path, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"tab": "Digits"} if page == "models_and_data" else {}
    allowed = changing(show(page, **query))
    monkeypatch.setenv("WVAE_READONLY", "1")
    for queried in ({}, query):
        app = show(page, **queried)
        assert not app.exception
        assert changing(app) == []
        assert not app.get("file_uploader")
    assert allowed or page not in ("training", "writer_clustering", "models_and_data")


@pytest.mark.parametrize("address", [None, "0.0.0.0", "192.168.1.2"])
def test_folders_of_the_machine_are_named_at_the_machine_only(address: str | None, house: Path, show: Show) -> None:
    (house / "elsewhere").mkdir()
    config.set_option("server.address", address)
    app = show("models_and_data", tab="Digits")
    assert not any("folder" in (field.key or "") for field in app.text_input)
    for source in ("folder:elsewhere", "emnist:train:/etc/passwd"):
        with pytest.raises(ConfigError, match="are chosen at the machine itself"):
            check_source(source)
    for source in ("synthetic", "synthetic:200", "qmnist:train"):
        check_source(source)


@pytest.mark.parametrize(("header", "address"), [("X-Forwarded-For", None), (None, "192.168.1.9")])
def test_who_comes_through_a_proxy_is_not_at_the_machine(
    header: str | None, address: str | None, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at_this_machine()
    monkeypatch.setattr(ContextProxy, "headers", {header: "192.168.1.9"} if header else {})
    monkeypatch.setattr(ContextProxy, "ip_address", address)
    assert not at_this_machine()


def test_an_address_names_only_what_is_listed(house: Path, show: Show) -> None:
    for source in ("synthetic:20000000", "folder:/etc", "emnist:train:/etc/passwd"):
        app = show("overview", data=source)
        assert not app.exception
        assert app.selectbox(key="data").value == "synthetic"
        assert any("are not here: others are shown" in warning.value for warning in app.warning)


def test_what_somebody_typed_is_no_markdown(house: Path, show: Show) -> None:
    picture = "![x](http://127.0.0.1:9/x.png)"
    app = show("overview", model=picture)
    assert any("There is no model" in warning.value for warning in app.warning)
    run = house / "runs/mine"
    run.mkdir(parents=True)
    (run / "job.json").write_text('{"kind": "training"}')
    (run / "status.json").write_text(f'{{"state": "failed", "message": "fetching {picture}"}}')
    shown = [app, show("training")]
    texts = [element.value for app in shown for kind in ("markdown", "warning", "error") for element in app.get(kind)]
    assert sum("x.png" in text for text in texts) == 2
    assert not any(picture in text for text in texts)


def test_plain_texts_stay_themselves() -> None:
    assert plain("qmnist:train, labels.csv, 3_4 (x)") == "qmnist:train, labels.csv, 3_4 (x)"
    assert plain("a\n# *b* `c` <i> [d](e) $f$") == r"a # \*b\* \`c\` \<i\> \[d\](e) \$f\$"


def test_the_server_answers_this_machine_alone_and_shows_no_traceback() -> None:
    options = tomllib.loads((HERE / ".streamlit/config.toml").read_text())
    assert options["server"]["address"] == "127.0.0.1"
    assert options["client"]["showErrorDetails"] == "none"

"""The page of models and data through Streamlit's own test driver."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from wvae.checkpoint import load_checkpoint
from wvae.jobs import folder_lock
from wvae.journal import Journal
from wvae.own_digits import Picture, own_folders, save_pictures
from wvae.sources import load_digits
from wvae.ui.gallery import pictures_of

HERE = Path(__file__).resolve().parents[2]
SHIPPED = HERE / "checkpoints/synthetic-10d"
Show = Callable[..., AppTest]


def test_models_are_listed_and_a_broken_one_is_said(house: Path, show: Show) -> None:
    shutil.copytree(SHIPPED, house / "runs/torn")
    (house / "runs/torn/model.safetensors").write_bytes(b"\0" * 100)
    app = show("models_and_data")
    assert not app.exception
    table = app.dataframe[0].value.set_index("model")
    assert list(table.index) == [*sorted(path.name for path in SHIPPED.parent.iterdir()), "torn"]
    figures = json.loads((SHIPPED / "config.json").read_text())["figures"]
    assert table.loc["synthetic-10d", "nats"] == pytest.approx(figures["reconstruction"]["reconstruction"])
    assert table.loc["synthetic-10d", "digit from A"] == pytest.approx(100 * figures["digit_accuracy"])
    assert len(app.error) == 1
    assert "**torn** cannot be used" in app.error[0].value
    assert app.download_button


def test_a_model_that_came_with_the_project_stays(show: Show) -> None:
    app = show("models_and_data")
    app.selectbox(key="models entry").set_value("synthetic-10d").run()
    assert not any(button.key in ("models rename", "models delete") for button in app.button)
    assert any("came with the project" in caption.value for caption in app.caption)


def test_a_model_is_renamed_and_deleted(house: Path, show: Show) -> None:
    shutil.copytree(SHIPPED, house / "runs/mine")
    app = show("models_and_data")
    app.selectbox(key="models entry").set_value("mine").run()
    app.text_input(key="models new name of mine").set_value("synthetic-10d")
    app.button(key="models rename").click().run()
    assert "choose another name" in app.error[0].value
    app.text_input(key="models new name of mine").set_value("yours")
    app.button(key="models rename").click().run()
    assert not app.error
    assert [path.name for path in (house / "runs").iterdir()] == ["yours"]
    app.selectbox(key="models entry").set_value("yours").run()
    app.button(key="models delete").click().run()
    assert not app.exception
    assert not list((house / "runs").iterdir())


def test_a_model_is_uploaded(house: Path, show: Show) -> None:
    app = show("models_and_data")
    content = (SHIPPED / "model.safetensors").read_bytes()
    app.file_uploader(key="models file 0").set_value(("my model.safetensors", content, "")).run()
    assert app.text_input(key="models name of my model.safetensors").value == "my-model"
    app.button(key="models add").click().run()
    assert not app.exception
    assert not app.error
    load_checkpoint(house / "runs/my-model")
    assert "my-model" in app.selectbox(key="model").options


def test_a_pickle_is_refused_with_the_reason(house: Path, show: Show) -> None:
    app = show("models_and_data")
    kinds = {"pkl": "can run code", "safetensors": "truncated or corrupt", "npz": "no .npz file of numbers"}
    for kind, says in kinds.items():
        app.file_uploader(key="models file 0").set_value((f"a.{kind}", pickle.dumps([1]), "")).run()
        app.button(key="models add").click().run()
        assert says in app.error[0].value
        assert "allow_pickle" not in app.error[0].value
    assert not list((house / "runs").iterdir())


def test_where_there_is_no_model_one_can_be_added(house: Path, show: Show) -> None:
    (house / "checkpoints").unlink()
    app = show("models_and_data")
    assert not app.exception
    assert "There is no model here yet" in app.info[0].value
    assert app.file_uploader(key="models file 0")


def test_digits_are_looked_at_when_asked(show: Show) -> None:
    app = show("models_and_data")
    app.selectbox(key="digits source").set_value("synthetic")
    app.button(key="digits look").click().run()
    assert not app.exception
    assert any("**30,000** pictures by **500** writers, 60 to 60 each." in text.value for text in app.markdown)
    assert app.dataframe[-1].value.sum().sum() == 30_000


def test_a_folder_is_listed_and_removed(house: Path, show: Show) -> None:
    from PIL import Image

    Image.new("L", (40, 40), 255).save(house / "blank.png")
    app = show("models_and_data")
    for path, says in ((house, "labels.csv is missing"), (house / "nowhere", "labels.csv is missing")):
        app.text_input(key="digits folder 0").set_value(str(path)).run()
        app.button(key="digits add folder").click().run()
        assert says in app.error[0].value
    digits = Image.new("L", (40, 60), 255)
    digits.paste(0, (18, 10, 24, 50))
    digits.save(house / "one.png")
    save_pictures([Picture("one.png", (house / "one.png").read_bytes(), 1, 1)], "mine", house / "elsewhere")
    app.text_input(key="digits folder 0").set_value(str(house / "elsewhere/mine")).run()
    app.button(key="digits add folder").click().run()
    assert not app.error
    assert own_folders() == ["folder:mine"]
    app.selectbox(key="digits source").set_value("folder:mine").run()
    app.button(key="digits remove").click().run()
    assert not app.exception
    assert own_folders() == []
    assert (house / "elsewhere/mine/labels.csv").exists()


def test_pictures_are_uploaded(house: Path, show: Show) -> None:
    from PIL import Image

    one = Image.new("L", (40, 60), 255)
    one.paste(0, (18, 10, 24, 50))
    one.save(house / "one.png")
    app = show("models_and_data")
    files = [("one.png", (house / "one.png").read_bytes(), ""), ("two.png", b"nonsense", "")]
    app.file_uploader(key="digits pictures 0").set_value(files).run()
    assert not app.exception
    assert "two.png: this is not a PNG or JPEG" in app.error[0].value
    app.button(key="digits keep").click().run()
    assert any("one.png needs a digit" in error.value for error in app.error)
    assert own_folders() == []


def test_the_zip_that_the_map_exports_is_uploaded(house: Path, show: Show) -> None:
    exported = pictures_of(load_digits("synthetic:4"), np.arange(12))
    app = show("models_and_data")
    upload = app.file_uploader(key="digits pictures 0")
    upload.set_value([("selection.zip", exported, ""), ("more.zip", exported, "")]).run()
    assert "A zip is added alone" in app.error[0].value
    app.file_uploader(key="digits pictures 0").set_value([("selection.zip", exported, "")]).run()
    app.button(key="digits keep").click().run()
    assert not app.exception
    assert not app.error
    assert own_folders() == ["folder:selection"]
    assert "folder:selection" in app.sidebar.selectbox(key="data").options


@pytest.mark.parametrize(("state", "shown"), [("stopped", "continues where it was"), ("failed", "no address answered")])
def test_how_the_last_download_ended(state: str, shown: str, house: Path, show: Show) -> None:
    (house / "data/.fetch").mkdir(parents=True)
    status = {"state": state, "message": "no address answered", "source": "qmnist:train", "done": 1, "total": 2}
    (house / "data/.fetch/status.json").write_text(json.dumps(status))
    app = show("models_and_data")
    assert not app.exception
    assert any(shown in said.value for said in [*app.info, *app.error])
    assert "qmnist:train" in app.selectbox(key="digits to download").options


@pytest.mark.parametrize(("total", "shown"), [(None, "2.5 MB so far"), (5_000_000, "2.5 of 5.0 MB")])
def test_a_download_of_unknown_length_shows_no_fraction(total: int | None, shown: str, house: Path, show: Show) -> None:
    with folder_lock(house / "data/.fetch"):
        Journal(house / "data/.fetch", source="qmnist:train").note(True, done=2_500_000, total=total)
        app = show("models_and_data")
        assert not app.exception
        assert any(shown in text.value for text in app.markdown) is (total is None)
        bars = [bar.proto for bar in app.get("progress")]
        assert [(bar.value, shown in bar.text) for bar in bars] == ([] if total is None else [(50, True)])
        assert app.button(key="digits cancel")

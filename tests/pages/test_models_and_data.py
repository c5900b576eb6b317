"""The page of models and data through Streamlit's own test driver."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from wvae.shelf import Picture, own_folders, save_pictures

from wvae.checkpoint import load_checkpoint

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
    app.selectbox(key="entry").set_value("synthetic-10d").run()
    assert not any(button.key in ("do_rename", "do_delete") for button in app.button)
    assert any("came with the project" in caption.value for caption in app.caption)


def test_a_model_is_renamed_and_deleted(house: Path, show: Show) -> None:
    shutil.copytree(SHIPPED, house / "runs/mine")
    app = show("models_and_data")
    app.selectbox(key="entry").set_value("mine").run()
    app.text_input(key="rename mine").set_value("synthetic-10d")
    app.button(key="do_rename").click().run()
    assert "choose another name" in app.error[0].value
    app.text_input(key="rename mine").set_value("yours")
    app.button(key="do_rename").click().run()
    assert not app.error
    assert [path.name for path in (house / "runs").iterdir()] == ["yours"]
    app.selectbox(key="entry").set_value("yours").run()
    app.button(key="do_delete").click().run()
    assert not app.exception
    assert not list((house / "runs").iterdir())


def test_a_model_is_uploaded(house: Path, show: Show) -> None:
    app = show("models_and_data")
    content = (SHIPPED / "model.safetensors").read_bytes()
    app.file_uploader(key="model_file 0").set_value(("my model.safetensors", content, "")).run()
    assert app.text_input(key="name of my model.safetensors").value == "my-model"
    app.button(key="add_model").click().run()
    assert not app.exception
    assert not app.error
    load_checkpoint(house / "runs/my-model")
    assert "my-model" in app.selectbox(key="model").options


def test_a_pickle_is_refused_with_the_reason(house: Path, show: Show) -> None:
    app = show("models_and_data")
    for name, says in (("a.pkl", "can run code"), ("a.safetensors", "truncated or corrupt")):
        app.file_uploader(key="model_file 0").set_value((name, pickle.dumps([1]), "")).run()
        app.button(key="add_model").click().run()
        assert says in app.error[0].value
    assert not list((house / "runs").iterdir())


def test_where_there_is_no_model_one_can_be_added(house: Path, show: Show) -> None:
    (house / "checkpoints").unlink()
    app = show("models_and_data")
    assert not app.exception
    assert "There is no model here yet" in app.info[0].value
    assert app.file_uploader(key="model_file 0")


def test_digits_are_looked_at_when_asked(show: Show) -> None:
    app = show("models_and_data")
    app.selectbox(key="look_at").set_value("synthetic")
    app.button(key="look").click().run()
    assert not app.exception
    assert any("**30,000** pictures by **500** writers, 60 to 60 each." in text.value for text in app.markdown)
    assert app.dataframe[-1].value.sum().sum() == 30_000


def test_a_folder_is_listed_and_removed(house: Path, show: Show) -> None:
    from PIL import Image

    Image.new("L", (40, 40), 255).save(house / "blank.png")
    app = show("models_and_data")
    for path, says in ((house, "labels.csv is missing"), (house / "nowhere", "labels.csv is missing")):
        app.text_input(key="folder 0").set_value(str(path)).run()
        app.button(key="add_folder").click().run()
        assert says in app.error[0].value
    digits = Image.new("L", (40, 60), 255)
    digits.paste(0, (18, 10, 24, 50))
    digits.save(house / "one.png")
    save_pictures([Picture("one.png", (house / "one.png").read_bytes(), 1, 1)], "mine", house / "elsewhere")
    app.text_input(key="folder 0").set_value(str(house / "elsewhere/mine")).run()
    app.button(key="add_folder").click().run()
    assert not app.error
    assert own_folders() == ["folder:mine"]
    app.selectbox(key="look_at").set_value("folder:mine").run()
    app.button(key="do_remove").click().run()
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
    app.file_uploader(key="pictures 0").set_value(files).run()
    assert not app.exception
    assert "two.png: this is not a PNG or JPEG" in app.error[0].value
    app.button(key="keep").click().run()
    assert any("one.png needs a digit" in error.value for error in app.error)
    assert own_folders() == []


@pytest.mark.parametrize(("state", "shown"), [("stopped", "goes on where it was"), ("failed", "no address answered")])
def test_how_the_last_download_ended(state: str, shown: str, house: Path, show: Show) -> None:
    (house / "data/.fetch").mkdir(parents=True)
    status = {"state": state, "message": "no address answered", "source": "qmnist:train", "done": 1, "total": 2}
    (house / "data/.fetch/status.json").write_text(json.dumps(status))
    app = show("models_and_data")
    assert not app.exception
    assert any(shown in said.value for said in [*app.info, *app.error])
    assert "qmnist:train" in app.selectbox(key="to_fetch").options

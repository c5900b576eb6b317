import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import wvae.sources
from wvae.errors import ConfigError, DataError
from wvae.sources import data_root, fetch, identity, known_sources, load_digits
from wvae.sources.synthetic import VERSION


def write_folder(folder, qmnist):
    folder.mkdir()
    Image.fromarray(qmnist.images[0]).save(folder / "a.png")
    (folder / "labels.csv").write_text("file,digit,writer\na.png,5,77\n")


def test_the_root_is_the_argument_else_the_variable_else_data(monkeypatch):
    monkeypatch.setenv("WVAE_DATA", "elsewhere")
    assert data_root("here") == Path("here")
    assert data_root() == Path("elsewhere")
    monkeypatch.delenv("WVAE_DATA")
    assert data_root() == Path("data")


def test_qmnist_under_the_variable(real_data, monkeypatch, qmnist):
    monkeypatch.setenv("WVAE_DATA", str(real_data))
    assert load_digits("qmnist:train").digest() == qmnist.digest()


@pytest.mark.parametrize("relative_to", ["nothing", "the working folder", "the root"])
def test_a_named_emnist_file(emnist_sample, monkeypatch, relative_to):
    root, name = emnist_sample.parent, emnist_sample.name
    if relative_to == "the working folder":
        monkeypatch.chdir(root)
        root = None
    elif relative_to == "nothing":
        root, name = None, str(root / name)
    assert len(load_digits(f"emnist:test:{name}", root)) == 3_474


def test_emnist_is_looked_for_under_the_root(tmp_path):
    with pytest.raises(DataError, match=str(tmp_path / "emnist-digits.mat")):
        load_digits("emnist:train", tmp_path)
    with pytest.raises(DataError, match=r"mine\.mat is missing"):
        load_digits("emnist:train:mine.mat", tmp_path)


def test_synthetic_digits_by_as_many_writers_as_named():
    assert len(np.unique(load_digits("synthetic:3").writers)) == 3


def test_the_identity_of_synthetic_digits_is_how_they_are_made(qmnist):
    for source, writers in (("synthetic", 500), ("synthetic:500", 500), ("synthetic:0500", 500), ("synthetic:3", 3)):
        assert identity(source, qmnist) == f"synthetic v{VERSION}, {writers} writers, seed 0"
    with pytest.raises(ConfigError, match="whole number of writers"):
        identity("synthetic:many", qmnist)


def test_the_identity_of_all_other_digits_is_their_digest(qmnist):
    for source in ("qmnist:train", "emnist:train:mine.mat", "folder:mine"):
        assert identity(source, qmnist) == qmnist.digest()


def test_another_source_is_another_row(tmp_path, monkeypatch, qmnist):
    row = wvae.sources._Source(
        {"first": "The first of QMNIST."}, lambda rest, root: qmnist[:3], lambda rest, root: True
    )
    monkeypatch.setitem(wvae.sources._SOURCES, "few", row)
    assert known_sources(tmp_path)[-1] == ("few:first", "The first of QMNIST.", True, False)
    assert len(load_digits("few:first")) == 3
    with pytest.raises(ConfigError, match="needs no download: what can be fetched begins with qmnist or emnist"):
        fetch("few:first")


def test_a_folder(tmp_path, qmnist, monkeypatch):
    write_folder(tmp_path / "mine: digits", qmnist)
    for root in (None, tmp_path):
        name = "mine: digits" if root else tmp_path / "mine: digits"
        digits = load_digits(f"folder:{name}", root)
        assert (list(digits.digits), list(digits.writers)) == ([5], [77])


def test_a_folder_under_the_root_comes_before_the_projects_own(tmp_path, qmnist, monkeypatch):
    root, here = tmp_path / "data", tmp_path / "project"
    root.mkdir()
    for name in ("runs", "docs"):
        (here / name).mkdir(parents=True)
    write_folder(root / "runs", qmnist)
    (root / "docs").mkdir()  # without labels it is nobody's digits
    monkeypatch.chdir(here)
    assert load_digits("folder:runs", root).writers.tolist() == [77]
    with pytest.raises(DataError, match=r"docs.labels\.csv is missing") as error:
        load_digits("folder:docs", root)
    assert str(root) not in str(error.value)


@pytest.mark.parametrize("path", ["~nosuch/x", "x" * 5000])
@pytest.mark.parametrize("source", ["folder", "emnist:train"])
def test_a_path_that_is_none_is_said(tmp_path, source, path):
    with pytest.raises(DataError, match=r"cannot be looked for .*: give the path"):
        load_digits(f"{source}:{path}", tmp_path)


@pytest.mark.parametrize("source", ["", "mnist", "qmnist ", "folder", "folder:", "QMNIST:train", ":"])
def test_an_unknown_source_names_the_known_ones(source):
    for act in (load_digits, fetch):
        if act is fetch and source.startswith("folder"):
            continue
        with pytest.raises(
            ConfigError, match=r"There is no data source .*: the known ones are qmnist:train, .*folder:PATH"
        ):
            act(source)


@pytest.mark.parametrize("source", ["qmnist", "qmnist:", "qmnist:train:x", "emnist", "emnist:valid", "emnist::x.mat"])
def test_an_unknown_part_names_the_known_ones(source):
    with pytest.raises(ConfigError, match=r"has no part .*the known ones are .mnist:train, .mnist:test"):
        load_digits(source)


@pytest.mark.parametrize("writers", ["0", "-3", "many", "1.5", "20000000", "9" * 5000, "²"])
def test_writers_that_are_no_number_are_refused(writers):
    with pytest.raises(ConfigError, match="needs a whole number of writers, 1 to 10000, not"):
        load_digits(f"synthetic:{writers}")


@pytest.mark.parametrize("source", ["synthetic", "synthetic:5", "folder", "folder:here", "emnist:train:mine.mat"])
def test_what_needs_no_download_is_not_fetched(source):
    with pytest.raises(ConfigError, match="needs no download"):
        fetch(source)


def test_the_list_says_what_is_present(tmp_path):
    raw = tmp_path / "root/QMNIST/raw"
    raw.mkdir(parents=True)
    for name in ("qmnist-train-images-idx3-ubyte", "qmnist-train-labels-idx2-int", "qmnist-test-labels-idx2-int"):
        (raw / name).touch()
    present = {source.name: source.present for source in known_sources(tmp_path / "root")}
    assert present == {
        "qmnist:train": True,
        "qmnist:test": False,
        "qmnist:nist": False,
        "emnist:train": False,
        "emnist:test": False,
        "synthetic": True,
        "folder:PATH": None,
    }
    assert not known_sources(tmp_path)[0].present


def test_what_the_list_calls_fetchable_is_what_fetch_knows(tmp_path, monkeypatch):
    asked = []

    def watched(name: str):
        return lambda rest, root, report: asked.append(f"{name}:{rest}")

    for name, row in wvae.sources._SOURCES.items():
        if row.fetch:
            monkeypatch.setitem(wvae.sources._SOURCES, name, row._replace(fetch=watched(name)))
    for source in known_sources(tmp_path):
        if source.fetchable:
            fetch(source.name, tmp_path)
        else:
            with pytest.raises(ConfigError):
                fetch(source.name, tmp_path)
    assert asked == [source.name for source in known_sources() if source.fetchable]


def test_every_source_is_described_in_a_sentence():
    for source in known_sources():
        assert source.description.endswith(".")
        assert 20 < len(source.description) < 120


def test_listing_the_sources_loads_no_slow_library():
    program = (
        "import sys; from wvae.sources import known_sources; known_sources(); "
        "print(sorted({'torchvision', 'scipy.io', 'PIL'} & set(sys.modules)))"
    )
    root = Path(wvae.sources.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""What a model was trained on, and what may be measured with it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wvae.checkpoint import read_config
from wvae.digits import DigitSet, writer_split
from wvae.errors import ConfigError
from wvae.protocol import check_protocol, default_split, trained, training_overlap
from wvae.sources import identity, load_digits, synthetic

SOURCE = "synthetic:12"


@pytest.fixture(scope="module")
def digits() -> DigitSet:
    return load_digits(SOURCE)


def config_of(digits: DigitSet, seed: int = 0, source: str = SOURCE, **protocol: str) -> dict[str, Any]:
    """The config of a model that was trained on the digits, 6 writers set apart."""
    split = {"evaluation_writers": 6, "seed": seed}
    return {"data": {"source": source, "digest": identity(source, digits), "split": split, **protocol}}


@pytest.mark.parametrize("said", [{}, {"protocol": "disjoint"}])
def test_disjoint_holds_on_the_split_of_the_training(digits: DigitSet, said: dict[str, str]) -> None:
    check_protocol(config_of(digits, **said), SOURCE, digits, writer_split(digits, 6))


def test_disjoint_is_refused_on_another_split_and_says_how_many_writers_are_known(digits: DigitSet) -> None:
    split, other = writer_split(digits, 6, seed=0), writer_split(digits, 6, seed=1)
    known = len(set(other.evaluation_writers) - set(split.evaluation_writers))
    assert 0 < known < 6
    with pytest.raises(ConfigError, match=f"digits by {known} of the 6 evaluation writers"):
        check_protocol(config_of(digits), SOURCE, digits, other)


def test_disjoint_is_refused_for_a_model_of_the_evaluation_writers_own_digits(digits: DigitSet) -> None:
    with pytest.raises(ConfigError, match="digits by 6 of the 6 evaluation writers"):
        check_protocol(config_of(digits, protocol="article"), SOURCE, digits, writer_split(digits, 6))


def test_article_holds_for_a_model_of_the_same_training_images(digits: DigitSet) -> None:
    check_protocol(config_of(digits, protocol="article"), SOURCE, digits, writer_split(digits, 6, protocol="article"))


def test_article_is_refused_where_the_training_images_are_others(digits: DigitSet) -> None:
    disjoint, other_split = config_of(digits), config_of(digits, seed=1, protocol="article")
    for config in (disjoint, other_split):
        with pytest.raises(ConfigError, match="train one under the protocol article"):
            check_protocol(config, SOURCE, digits, writer_split(digits, 6, protocol="article"))


def test_article_is_refused_for_a_model_that_learned_from_the_test_images(digits: DigitSet) -> None:
    """The model set one writer apart and learned from all images of the others, the tested ones among them."""
    config = config_of(digits)
    config["data"]["split"]["evaluation_writers"] = 1
    (apart,) = writer_split(digits, 1).evaluation_writers
    split = next(split for split in (writer_split(digits, 6, s) for s in range(9)) if apart not in split[0])
    with pytest.raises(ConfigError, match="not on their test images"):
        check_protocol(config, SOURCE, digits, split._replace(protocol="article"))


PERHAPS_KNOWN = "perhaps by the evaluation writers of .* too"
UNKNOWN_TO_IT = "no writer of .*: choose the (protocol disjoint|disjoint protocol)"


@pytest.mark.parametrize(
    ("trained_on", "source", "refused", "says"),
    [
        ("imported", "qmnist:train", "disjoint", PERHAPS_KNOWN),
        ("imported", "emnist:train:digits.mat", "disjoint", PERHAPS_KNOWN),
        ("imported", "synthetic", "article", UNKNOWN_TO_IT),
        ("imported", "folder:mine", "article", UNKNOWN_TO_IT),
        ("unknown", "qmnist:train", "disjoint", "trained on unknown digits, " + PERHAPS_KNOWN),
        ("unknown", "synthetic", "disjoint", "trained on unknown digits, " + PERHAPS_KNOWN),
        ("synthetic", "qmnist:train", "article", UNKNOWN_TO_IT),
        ("qmnist:train", "synthetic", "article", UNKNOWN_TO_IT),
        ("qmnist:train", "qmnist:test", "article", UNKNOWN_TO_IT),
        ("emnist:train", "qmnist:train", "disjoint", PERHAPS_KNOWN),
        ("folder:mine", "folder:mine", "disjoint", "folder:mine, which has since changed or .*, " + PERHAPS_KNOWN),
        ("folder:mine", "folder:renamed", "disjoint", "folder:mine, " + PERHAPS_KNOWN),
        ("synthetic:11", "synthetic:12", "article", UNKNOWN_TO_IT),
    ],
)
def test_a_model_of_other_data_holds_to_just_one_protocol(
    trained_on: str, source: str, refused: str, says: str, digits: DigitSet
) -> None:
    """The digits of the source are not those it was trained on: they may be by the same people, or cannot be."""
    configs: dict[str, dict[str, Any]] = {"imported": {"imported": {"file": "model1.npz"}}, "unknown": {}}
    config = configs[trained_on] if trained_on in configs else config_of(digits[:-1], source=trained_on)
    split = writer_split(digits, 6)
    with pytest.raises(ConfigError, match=says):
        check_protocol(config, source, digits, split._replace(protocol=refused))
    check_protocol(config, source, digits, split._replace(protocol="article" if refused == "disjoint" else "disjoint"))


def test_what_a_config_says_of_the_training(digits: DigitSet) -> None:
    assert trained(config_of(digits, seed=3, protocol="article")) == (6, 3, "article")
    assert trained(config_of(digits)) == (6, 0, "disjoint")
    assert default_split(config_of(digits, seed=3, protocol="article")) == (6, 3, "article")


def test_what_a_config_does_not_say_is_not_made_up(digits: DigitSet) -> None:
    config = config_of(digits)
    del config["data"]["split"]
    for silent in ({}, {"data": {}}, config, {"imported": {"file": "model1.npz"}}):
        assert trained(silent) is None
    assert default_split({}) == (100, 0, "disjoint")
    assert default_split({"imported": {"file": "model1.npz"}}) == (100, 0, "article")


@pytest.mark.parametrize(
    "recorded",
    ["ef6b330efd9a87e275ddb31bc1b9ef5095d58949fc40ae8ae91f9fea2a5ca635", "synthetic v1, 12 writers, seed 0", None],
)
@pytest.mark.parametrize("source", ["synthetic:12", "synthetic:012"])
def test_a_model_of_synthetic_digits_knows_its_writers_whatever_their_pictures(
    digits: DigitSet, recorded: str | None, source: str
) -> None:
    """Checkpoints of the first version record a digest of pictures that other processors draw otherwise."""
    config = config_of(digits)
    config["data"]["digest"] = recorded
    if recorded is None:
        del config["data"]["digest"]
    split = writer_split(digits, 6)
    np.testing.assert_array_equal(training_overlap(config, source, digits).images, split.development)
    check_protocol(config, source, digits, split)


def test_the_model_that_comes_with_the_project_can_be_measured_on_the_default_digits(default_digits: DigitSet) -> None:
    """It was trained on pictures of the generator's first version."""
    config, digits = read_config(Path(__file__).parents[1] / "checkpoints/synthetic-10d"), default_digits
    check_protocol(config, "synthetic", digits, writer_split(digits))
    assert training_overlap(config, "synthetic", digits).of(writer_split(digits).evaluation) == "held out"


def test_synthetic_writers_are_others_if_they_are_more_or_fewer() -> None:
    few, many = synthetic.writer_styles(11), synthetic.writer_styles(12)
    for name in set(few) - {"slant"}:  # the first factor that is drawn
        assert (few[name] != many[name][:11]).all()


def test_overlap_of_a_model_and_its_own_digits(digits: DigitSet) -> None:
    split = writer_split(digits, 6)
    overlap = training_overlap(config_of(digits), SOURCE, digits)
    assert overlap.source == SOURCE
    assert overlap.of(split.evaluation) == overlap.of(np.flatnonzero(split.test)) == "held out"
    assert overlap.of(split.development) == "trained on"
    assert overlap.of() == "partly trained on"
    article = training_overlap(config_of(digits, protocol="article"), SOURCE, digits)
    assert [article.of(rows) for rows in (split.train, split.test)] == ["trained on", "held out"]
    assert article.of(split.development) == "held out"


@pytest.mark.parametrize(
    ("config", "source", "says"),
    [
        ({"imported": {"file": "model1.npz"}}, "qmnist:train", "may have been seen"),
        ({"imported": {"file": "model1.npz"}}, "emnist:test", "may have been seen"),
        ({"imported": {"file": "model1.npz"}}, "synthetic:12", "held out"),
        ({"imported": {"file": "model1.npz"}}, "folder:mine", "held out"),
        ({}, "qmnist:train", "may have been seen"),
        ({}, "synthetic:12", "may have been seen"),
        ({"data": {"source": SOURCE}}, SOURCE, "may have been seen"),
        ("qmnist:nist", "qmnist:train", "may have been seen"),
        ("qmnist:nist", "qmnist:test", "may have been seen"),
        ("qmnist:nist", "emnist:train", "may have been seen"),
        ("qmnist:nist", "synthetic:12", "held out"),
        ("qmnist:train", "qmnist:nist", "may have been seen"),
        ("qmnist:train", "qmnist:test", "held out"),
        ("emnist:train:one.mat", "emnist:train:two.mat", "may have been seen"),
        ("synthetic", "qmnist:train", "held out"),
        ("synthetic", "synthetic:12", "held out"),
        ("folder:mine", "folder:mine", "may have been seen"),
        ("folder:mine", "folder:renamed", "may have been seen"),
        ("folder:mine", "qmnist:train", "held out"),
    ],
)
def test_overlap_with_other_digits(config: dict[str, Any] | str, source: str, says: str, digits: DigitSet) -> None:
    if isinstance(config, str):
        config = config_of(digits[:-1], source=config)
    overlap = training_overlap(config, source, digits)
    assert overlap.of() == overlap.of(writer_split(digits, 6).evaluation) == says

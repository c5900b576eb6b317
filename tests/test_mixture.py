import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from wvae import mixture
from wvae.digits import DigitSet
from wvae.mixture import LEAST_VARIANCE, DiagonalMixture
from wvae.representations import morphometry, pixels
from wvae.sources import load_digits

K = 20


@pytest.fixture(scope="module")
def digits() -> DigitSet:
    return load_digits("synthetic:12")


def usual(rows: np.ndarray) -> GaussianMixture:
    return GaussianMixture(K, covariance_type="diag", reg_covar=LEAST_VARIANCE, random_state=0).fit(rows)


@pytest.mark.parametrize("features", [morphometry, pixels])
def test_it_is_the_mixture_of_scikit_learn(features: object, digits: DigitSet) -> None:
    rows = features(digits).astype(np.float64)
    ours, theirs = DiagonalMixture(K, 0), usual(rows)
    assert ours.fit_predict(rows).tolist() == theirs.predict(rows).tolist()
    assert (ours.n_iter_, ours.converged_) == (theirs.n_iter_, theirs.converged_)
    assert 1 < ours.n_iter_ < DiagonalMixture.MOST_ITERATIONS


def test_pieces_make_no_difference(digits: DigitSet, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = morphometry(digits)
    whole = DiagonalMixture(K, 0).fit_predict(rows)
    monkeypatch.setattr(mixture, "AT_ONCE", 100 * K)
    assert DiagonalMixture(K, 0).fit_predict(rows).tolist() == whole.tolist()


def test_single_precision_finds_the_same(digits: DigitSet, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pixels(digits)
    double = DiagonalMixture(K, 0).fit_predict(rows)
    monkeypatch.setattr(mixture, "DOUBLE", 0)
    assert (DiagonalMixture(K, 0).fit_predict(rows) == double).mean() > 0.99


def test_it_starts_from_given_clusters(digits: DigitSet) -> None:
    rows = morphometry(digits)
    own, given = DiagonalMixture(K, 0), DiagonalMixture(K, 1)
    given.start = KMeans(K, n_init=1, random_state=0).fit(rows).labels_
    assert given.fit_predict(rows).tolist() == own.fit_predict(rows).tolist()


def test_gaussians_of_one_centre_are_told_apart_by_their_spread() -> None:
    rng = np.random.default_rng(0)
    which = np.repeat([0, 1], 500)
    rows = rng.normal(size=(1000, 8)) * np.where(which, 5, 1)[:, None]
    model = DiagonalMixture(2, 0)
    model.start = (np.linalg.norm(rows, axis=1) > 6).astype(np.int64)
    assert (model.fit_predict(rows) == which).mean() > 0.98


def test_a_variance_that_rounding_makes_negative_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (1000 + 0.001 * np.random.default_rng(0).normal(size=(200, 3))).astype(np.float32)
    model = DiagonalMixture(3, 0)
    assert set(model.fit_predict(rows)) <= {0, 1, 2}  # in double precision
    monkeypatch.setattr(mixture, "DOUBLE", 0)
    with pytest.raises(ValueError, match="variance negative"):
        model.fit(rows)

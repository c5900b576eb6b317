from math import sqrt

import pytest

from wvae.intervals import Estimate, estimate


def test_an_estimate_by_hand() -> None:
    """Of 1 to 5 the deviation is the root of 10/4, and Student's t of 4 degrees of freedom is 2.776 in the table."""
    half = 2.776 * sqrt(10 / 4) / sqrt(5)
    found = estimate([1, 2, 3, 4, 5])
    assert (found.mean, found.low, found.high) == pytest.approx((3, 3 - half, 3 + half), abs=1e-3)


def test_a_single_value_has_no_interval() -> None:
    assert estimate([0.25]) == Estimate(0.25, None, None)

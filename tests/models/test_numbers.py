import pytest

from models.numbers import finite_number


@pytest.mark.parametrize(
    ("told", "number"),
    [(2, 2.0), (-0.5, -0.5), (10**20, 1e20), (10**400, None), (float("inf"), None)]
    + [(told, None) for told in (float("nan"), True, "2", [2], None)],
    ids=lambda told: repr(told)[:9],
)
def test_a_figure_is_a_finite_number_or_none(told, number):
    assert finite_number(told) == number

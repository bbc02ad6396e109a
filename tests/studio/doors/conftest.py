import pytest

from tests.studio.doors.visitors import doors_app, log_in, visitor


@pytest.fixture(scope="module")
def locked(trained):
    """A studio with a login, for the tests of a module."""
    return doors_app(trained)


@pytest.fixture
def stranger(locked):
    """Somebody who is not logged in."""
    with visitor(locked) as client:
        yield client


@pytest.fixture
def member(stranger):
    assert log_in(stranger).status_code == 303
    return stranger

from pathlib import Path

import pytest

from workshop.school.plan import Plan, targets
from workshop.school.publish import publish
from workshop.school.territory import Territory, build

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA


@pytest.fixture(scope="session")
def orvanche() -> Territory:
    """Le territoire livré, refait de sa graine."""
    of = targets()["territoire"]
    return build(Plan(of["graine"], of["habitants"]))


@pytest.fixture(scope="session")
def hamlet() -> Territory:
    """Un petit territoire : 20 000 habitants."""
    return build(Plan(11, 20_000))


@pytest.fixture(scope="session")
def hamlet_files(hamlet: Territory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hameau")
    publish(hamlet, out)
    return out

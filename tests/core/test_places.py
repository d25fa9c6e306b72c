from __future__ import annotations

from pathlib import Path

import pytest

from datakit.core import places
from datakit.core.errors import OptionError, SourceError


@pytest.mark.parametrize("name", places.CONTENTS)
def test_a_checkout_reads_its_own_folders(name: str) -> None:
    assert places.content(name) == Path(__file__).resolve().parents[2] / name


def test_an_installed_package_reads_its_own_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "datakit"
    (package / "_content" / "data").mkdir(parents=True)
    monkeypatch.setattr(places, "_PACKAGE", package)
    assert places.repository() is None
    assert places.content("data") == package / "_content" / "data"
    with pytest.raises(SourceError, match="notebooks"):
        places.content("notebooks")


def test_an_unknown_content_lists_the_known_ones() -> None:
    with pytest.raises(OptionError, match="exercises"):
        places.content("exercices")

"""Le dossier data est un Data Package valide, de moins de 20 Mo, sans fichier d'un format inconnu des producteurs."""

import json

import pytest


def test_data_weighs_less_than_twenty_megabytes(data):
    assert sum(f.stat().st_size for f in data.rglob("*") if f.is_file()) <= 20_000_000


def test_every_file_is_described_as_fictional(data):
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    described = {r["path"] for r in package["resources"]}
    present = {f.relative_to(data).as_posix() for f in data.rglob("*") if f.is_file()} - {"datapackage.json"}
    assert described == present
    assert all("Données fictives" in r["description"] for r in package["resources"])


@pytest.mark.filterwarnings("ignore")
def test_frictionless_accepts_the_package(data):
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.validate(str(data / "datapackage.json"), limit_rows=300)
    assert report.valid, [(t.name, t.errors[:2]) for t in report.tasks if not t.valid]


@pytest.mark.complete
@pytest.mark.filterwarnings("ignore")
def test_frictionless_accepts_every_row(data):
    frictionless = pytest.importorskip("frictionless")
    assert frictionless.validate(str(data / "datapackage.json")).valid

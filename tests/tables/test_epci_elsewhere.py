"""Un EPCI que la table des communes ne porte pas : renuméroté, territoire du Grand Paris, faute de frappe."""

import tomllib
from importlib.resources import files

import pandas as pd
import pytest

import datakit as dk
from datakit.core.errors import CodeError
from datakit.sources.counting import is_siren
from datakit.sources.depots import opened
from datakit.tables.loading.asking import keep

ELSEWHERE = tomllib.loads((files("datakit.core") / "epci.toml").read_text(encoding="utf-8"))


def table(root, epci):
    """Six cents communes : une table nationale, pour ce que datakit en pense."""
    lines = [f"80{n:03};Commune {n};{epci[n % len(epci)]};{epci[n % len(epci)]} nom;80;32" for n in range(1, 601)]
    (root / "communes_2020.csv").write_text("CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n" + "\n".join(lines) + "\n", "utf-8")
    return root


def refused(root, code):
    with pytest.raises(CodeError) as told:
        keep(pd.DataFrame({"insee_com": ["80001"]}), opened(root), epci=code, what="communes")
    assert "n'est pas une erreur" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("code", sorted(ELSEWHERE))
def test_an_epci_that_the_table_knows_otherwise_says_how(tmp_path, code):
    here = ELSEWHERE[code].get("before") or ELSEWHERE[code]["within"]
    assert is_siren(code) and is_siren(here)
    said = refused(table(tmp_path, [here]), code)
    assert ELSEWHERE[code]["name"] in said and f"{here} ({here} nom)" in said and f'"{here}"' in said
    assert "Codes proches" not in said


@pytest.mark.parametrize("code", ["200093201", "200057867", "244400404"])
def test_a_right_key_is_not_taken_for_a_slip(tmp_path, code):
    slip = code[:-2] + str((int(code[-2]) + 1) % 10) + code[-1]
    root = table(tmp_path, [slip])
    assert "Codes proches" not in refused(root, code)
    # the other way round, the number whose key is wrong is a slip of the one that the table has
    (tmp_path / "autre").mkdir()
    assert f"Codes proches : {code}" in refused(table(tmp_path / "autre", [code]), slip)


def test_what_an_ocean_parts_is_not_in_doubt(real):
    """Les quartiers de Polynésie, sans EPCI connu, ne mettent pas en doute ceux de Bordeaux ; ceux d'à côté, si."""
    bordeaux = dk.load_qpv(2024, epci="243300316", depot=real)
    assert len(bordeaux) == 23 and not bordeaux.attrs.get("reserves")
    everywhere = dk.load_qpv(2024, depot=real).attrs["reserves"]
    assert any("98712" in said for said in everywhere)
    reunion = dk.load_qpv(2024, department="974", depot=real)
    assert not any("98712" in said for said in reunion.attrs.get("reserves", []))

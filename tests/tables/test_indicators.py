"""Les indicateurs : l'année des données n'est pas celle du fichier, un vide dit pourquoi il est vide."""

from __future__ import annotations

import math

import pytest

import datakit
from datakit.errors import DatakitError, FormatError, GeographyError, OptionError, SourceError


def test_wide_form(folder):
    table = datakit.load_indicators("revenus", depot=folder)
    assert table.index.name == "code_qp"
    assert table.index.tolist() == ["QP069001", "QP069002", "QP972001"]  # no « Ensemble » among the neighbourhoods
    assert (table.dtypes == "float64").all()
    assert table.loc["QP069001", "niveau_vie_median"] == 15160
    assert table.loc["QP069001", "taux_pauvrete"] == 34.9
    assert math.isnan(table.loc["QP069002", "taux_pauvrete"])


def test_the_year_of_the_data_is_not_the_year_of_the_file(folder):
    table = datakit.load_indicators("revenus", depot=folder)
    assert set(table.attrs["years"].values()) == {2018}
    assert set(table.attrs["releases"].values()) == {2022}
    assert table.attrs["labels"]["millesime"] == "2018"
    assert datakit.load_indicators("revenus", year=2018, depot=folder).equals(table)
    with pytest.raises(SourceError, match="2018"):
        datakit.load_indicators("revenus", year=2022, depot=folder)


def test_an_undocumented_year_is_never_inferred(folder):
    table = datakit.load_indicators("sante", depot=folder)
    assert set(table.attrs["years"].values()) == {None}
    assert "non documentée" in table.attrs["labels"]["millesime"]
    assert datakit.load_indicators("sante", release=2022, depot=folder).equals(table)
    with pytest.raises(SourceError, match="aucune année documentée"):
        datakit.load_indicators("sante", year=2022, depot=folder)


def test_a_sum_is_missing_if_a_term_is(folder):
    table = datakit.load_indicators("sante", depot=folder)
    assert math.isnan(table.loc["QP069001", "beneficiaires_c2s"])
    assert table.loc["QP069002", "beneficiaires_c2s"] == 240


def test_one_letter_two_meanings(folder):
    """« A » compte les allocataires ici, les demandeurs d'emploi dans un fichier IPRO."""
    assert datakit.load_indicators("prestations", depot=folder).loc["QP069001", "allocataires_caf"] == 779


def test_a_blank_says_why(folder):
    long = datakit.load_indicators("prestations", form="long", depot=folder)
    status = long[long["indicator"] == "allocataires_caf"].set_index("code")["status"]
    assert status.to_dict() == {"QP069001": "publie", "QP069002": "non_disponible", "QP972001": "hors_champ"}
    income = datakit.load_indicators("revenus", form="long", depot=folder)
    income = income[income["indicator"] == "taux_pauvrete"].set_index("code")["status"]
    assert income["QP069002"] == "non_renseigne"


def test_long_form_columns(folder):
    long = datakit.load_indicators("revenus", form="long", depot=folder)
    assert list(long.columns) == [
        "code", "indicator", "value", "status", "note", "year", "release", "geography", "source",
    ]  # fmt: skip
    assert not long.duplicated(["code", "indicator"]).any()
    assert set(long["geography"]) == {2015}


@pytest.mark.parametrize("bad", [{"theme": "pauvrete"}, {"level": "quartier"}, {"form": "wid"}, {"geography": 2020}])
def test_unknown_options_list_the_valid_ones(folder, bad):
    arguments = {"theme": "revenus", "depot": folder} | bad
    with pytest.raises(OptionError, match="Valeurs admises"):
        datakit.load_indicators(arguments.pop("theme"), **arguments)


def test_codes_of_secrecy_are_kept_apart(tmp_path):
    header = "CODGEO;LIBGEO;DISP_MED_A21;DISP_TP60_A21\n"
    rows = "QN06901M;A;s;ns\nQN06902N;B;nd;so\nQN06903M;C;13 020;41,5\n"
    (tmp_path / "revenu-disponible_QP.csv").write_text(header + rows, encoding="utf-8")
    long = datakit.load_indicators("revenus", form="long", depot=tmp_path).set_index(["code", "indicator"])
    assert long.loc[("QN06901M", "niveau_vie_median"), "status"] == "secret"
    assert long.loc[("QN06901M", "taux_pauvrete"), "status"] == "non_significatif"
    assert long.loc[("QN06902N", "niveau_vie_median"), "status"] == "non_disponible"
    assert long.loc[("QN06902N", "taux_pauvrete"), "status"] == "sans_objet"
    assert long.loc[("QN06903M", "taux_pauvrete"), "value"] == 41.5
    assert long.loc[("QN06903M", "taux_pauvrete"), "year"] == 2021


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("34,9", "trente", FormatError),
        ("QP069002", "QP069001", FormatError),
        ("QP069002", "69002", FormatError),
        ("QP069002", "QN06902N", GeographyError),
    ],
)
def test_a_spoiled_file_is_refused_with_its_name(folder, old, new, error):
    path = folder / "sous dossier" / "REVN_2022.txt"
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
    with pytest.raises(error, match=r"REVN_2022\.txt"):
        datakit.load_indicators("revenus", depot=folder)


def test_a_missing_theme_says_what_was_seen(folder):
    with pytest.raises(DatakitError, match="À faire"):
        datakit.load_indicators("emploi", depot=folder)


REAL_CELLS = [
    ("revenus", {"release": 2022}, "QP069002", "taux_pauvrete", 34.9),
    ("revenus", {"release": 2022}, "QP069002", "niveau_vie_median", 15160),
    ("revenus", {"release": 2022}, "QP069002", "part_revenus_activite", 67.7),
    ("revenus", {"year": 2017}, "QP001001", "niveau_vie_median", 13790),
    ("revenus", {"year": 2018}, "QP001001", "indice_gini", 0.234),
    ("emploi", {"release": 2022}, "QP001001", "taux_emploi", 44.6),
    ("emploi", {"release": 2022}, "QP001001", "demandeurs_emploi_a", 497),
    ("emploi", {"release": 2018}, "QP001001", "demandeurs_emploi_abcde", 1034),
    ("population", {"release": 2022}, "QP001001", "population_municipale", 6490),
    ("population", {"year": 2013}, "QP001001", "population_municipale", 6056),
    ("prestations", {"release": 2022}, "QP069002", "allocataires_caf", 779),
]


@pytest.mark.parametrize(("theme", "choice", "code", "indicator", "expected"), REAL_CELLS)
def test_known_cells_of_real_files(real, theme, choice, code, indicator, expected):
    table = datakit.load_indicators(theme, depot=real, **choice)
    assert table.loc[code, indicator] == expected


def test_every_column_of_every_real_file_has_a_name(real):
    """Aucune colonne d'un fichier réel ne se perd : chacune est un indicateur, un code, un nom ou une note."""
    from datakit.sources.depots import open_depot
    from datakit.tables.blocks import IndicatorFile

    known = {"libgeo", "lib_com", "libcom", "com", "libiris"}
    matches = [m for m in open_depot(real).matches if m.source.blocks]
    assert len([m for m in matches if m.level == "qpv"]) == 12
    for match in matches:
        names = set(IndicatorFile(match).names)
        mapped = {c.casefold() for b in match.source.blocks for c in [*b.columns, *sum(b.sums.values(), ())]}
        notes = {n for b in match.source.blocks for n in b.note.casefold().split("|")}
        lost = names - mapped - notes - known - {match.code_column.casefold()}
        assert not lost, f"{match.part.where} : {sorted(lost)}"


def test_real_statuses_come_from_the_notes(real):
    long = datakit.load_indicators("prestations", release=2022, form="long", depot=real)
    blank = long[long["value"].isna()]
    assert set(blank.loc[blank["note"].isin(["3", "5"]), "status"]) == {"non_disponible"}
    assert set(blank.loc[blank["note"] == "", "status"]) == {"hors_champ"}
    assert (long.loc[long["value"].notna(), "status"] == "publie").all()


@pytest.mark.parametrize(
    ("level", "index", "code"),
    [("commune", "insee_com", "69123"), ("epci", "siren_epci", "200046977"), ("iris", "code_iris", "010040101")],
)
def test_real_comparators(real, level, index, code):
    table = datakit.load_indicators("revenus", level=level, depot=real)
    assert table.index.name == index
    assert table.loc[code, "niveau_vie_median"] > 10_000


def test_a_producer_is_named_once():
    """« CNAF » puis « CNAF, au 31 décembre » font une seule mention."""
    for theme, said in {"prestations": "INSEE, CNAF, au 31 décembre", "sante": "INSEE, CNAM, au 1er janvier"}.items():
        source = datakit.load_indicators(theme, geography=2024).attrs["labels"]["source"]
        assert source.endswith(said) and source.count(said.split(", ")[1]) == 1


def test_the_reach_of_a_file_of_neighbourhoods_is_not_said_of_a_town():
    towns = datakit.load_indicators("revenus", level="commune", depot="ecole")
    assert towns.attrs["labels"]["champ"] == "ménages fiscaux"
    assert "QPV" in datakit.load_indicators("revenus", depot="ecole").attrs["labels"]["champ"]

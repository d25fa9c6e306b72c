"""Une colonne renommée par l'Insee se retrouve par son libellé, et seulement s'il est le même."""

from __future__ import annotations

import tomllib
import zipfile
from importlib.resources import files

import pytest

import datakit as dk
from datakit.core.places import content
from datakit.errors import DatakitError
from datakit.sources.catalogue import sources
from datakit.sources.dictionary import labels_of, meaning, renamed
from datakit.sources.fetching.releases import differences
from datakit.sources.inventory import inventory
from datakit.sources.recognise import recognise

ARCHIVES = {
    "DEFM2024_QP24_csv.zip": "insee-qpv2024-emploi",
    "DNB_2025_QP24.zip": "insee-qpv2024-brevet",
    "EDUC_2024_2025_QP24.zip": "insee-qpv2024-education",
    "RPLS_01-01-2025_QPV_2024.zip": "insee-qpv2024-logement-social",
    "beneficiaires_CAF_31-12-2024_QP24.zip": "insee-qpv2024-caf",
    "beneficiaires_CNAM_01-01-2025_QP24_csv.zip": "insee-qpv2024-cnam",
    "estimations-demographiques_2022_QPV2024_csv.zip": "insee-qpv2024-demographie",
    "revenus_pauvrete_2021_qp24_v2_csv.zip": "insee-qpv2024-filosofi",
    "side_2023_QPV2024.zip": "insee-qpv2024-entreprises",
}


def renewed(name, folder, *, rename=lambda code: f"Z_{code[::-1]}", label=lambda text: text, meta=True):
    """L'archive de l'an prochain : mêmes valeurs, autres noms de colonnes, dans la table et son dictionnaire."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(content("data") / name) as old, zipfile.ZipFile(folder / name, "w") as new:
        for member in old.namelist():
            lines = old.read(member).decode("utf-8-sig").splitlines()
            if not member.startswith("meta_"):
                lines[0] = ";".join(c if c.startswith(("CODGEO", "LIBGEO")) else rename(c) for c in lines[0].split(";"))
            elif meta:
                rows = [line.split(";") for line in lines[1:] if line]
                # the seven columns that the producer's dictionaries have
                lines = ["COD_VAR;LIB_VAR;LIB_VAR_LONG;COD_MOD;LIB_MOD;TYPE_VAR;LONG_VAR"] + [
                    ";".join([c if c == "CODGEO" else rename(c), label(text), "", code, value, "NUM", "8"])
                    for c, text, code, value in rows
                ]
            else:
                continue
            new.writestr(member, "\r\n".join(lines).encode("utf-8-sig"))
    return folder / name


def seen(path):
    return {(m.source.id, m.level) for part in inventory(path) for m in recognise(part)}


@pytest.mark.parametrize("name", ARCHIVES)
def test_renamed_columns_give_the_same_table(tmp_path, name):
    path = renewed(name, tmp_path / "renomme")
    assert seen(path) == seen(content("data") / name) != set()
    for theme in sources()[ARCHIVES[name]].themes:
        for level in ("qpv", "epci"):
            before = dk.load_indicators(theme, level=level, depot=content("data") / name)
            after = dk.load_indicators(theme, level=level, depot=path)
            assert after.equals(before) and after.attrs["years"] == before.attrs["years"]


def test_without_its_dictionary_nothing_is_guessed(tmp_path):
    assert seen(renewed("DEFM2024_QP24_csv.zip", tmp_path / "a", meta=False)) == set()


def test_another_label_is_another_column(tmp_path):
    path = renewed("DEFM2024_QP24_csv.zip", tmp_path / "a", label=lambda text: text.replace("catégories A", "B"))
    assert seen(path) == set()
    with pytest.raises(DatakitError, match="introuvable"):
        dk.load_indicators("emploi", depot=path)


def test_two_columns_of_one_label_are_not_chosen_between():
    before = {"abc": ("Inscrits",), "nb": ("Ménages",)}
    assert renamed(before, {"x": ("Inscrits 2024",), "nb": ("Ménages",)}) == {"abc": "x"}
    assert renamed(before, {"x": ("Inscrits 2023",), "y": ("Inscrits 2024",), "nb": ("Ménages",)}) == {}
    assert renamed({"a": ("Inscrits",), "b": ("Inscrits",)}, {"x": ("Inscrits",)}) == {}


def test_a_column_still_there_is_never_taken_for_another():
    assert renamed({"abc": ("Inscrits",)}, {"abc": ("Autre chose",), "x": ("Inscrits",)}) == {}


def test_the_short_words_do_not_count_but_the_others_do():
    assert meaning("Nombre d'élèves, en 2024 (total)") == meaning("Élèves")
    assert meaning("Part des femmes (%)") != meaning("Femmes")


def test_a_damaged_dictionary_stops_nothing(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("meta_a.csv", b"\x00\x01" * 50)
        archive.writestr("meta_b.csv", "CODE;TEXTE\r\nA;b\r\n")
        archive.writestr("meta_c.csv", "COD_VAR;LIB_VAR\r\nA;Femmes\r\n")
    assert labels_of(path, ["meta_a.csv", "meta_b.csv", "meta_c.csv"]) == {"a": ("Femmes",)}


def test_the_edition_report_reads_the_dictionaries(tmp_path):
    name = "beneficiaires_CNAM_01-01-2025_QP24_csv.zip"
    found = differences(content("data") / name, renewed(name, tmp_path / "a"))
    assert "colonne renommée : C_C2SNP devient Z_PNS2C_C" in found
    assert not any("retirée" in one or "ajoutée" in one for one in found)


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_catalogue_words_each_column_as_the_school_files_do(name):
    text = files("workshop.school").joinpath("qpv2024.toml").read_text(encoding="utf-8")
    columns = next(one["columns"] for one in tomllib.loads(text)["file"] if one["archive"] == name)
    source = sources()[ARCHIVES[name]]
    year = source.suffix.replace("{yy}", "21")
    written = {one["name"].removesuffix(year): one["label"] for one in columns}
    declared = {code: texts.split("|")[0] for code, texts in source.labels.items() if code != "CODGEO"}
    assert declared == written

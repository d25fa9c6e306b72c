"""Ce que le navigateur a téléchargé : reconnu à son contenu, refusé avec les candidats, jamais pris pour un autre."""

import random
import shutil
import zipfile

import pytest

from datakit.core.errors import DatakitError, FormatError, SourceError
from datakit.sources.catalogue import sources
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.fetch import fetch
from datakit.sources.recognise import candidates
from tests.fetching.conftest import csv_bytes, french, zip_bytes

REVN = (
    "CODGEO;LIBGEO;PMIMP;DECUC_Q2;DISP_Q2;TP60;NOTE_FILO\r\n"
    "QP069002;Monod;28,5;12000;15160;34,9;0\r\nQP069003;Autre;;;;;3\r\n"
).encode("utf-8-sig")

# folder or file of the real collection → what it is; several: a file that holds several layers
EXPECTED = {
    "adresses/": {"ban-adresses"},
    "carreaux_200m/bordeaux": {"insee-carreaux-200m"},
    "carreaux_200m/lille": {"insee-carreaux-200m", "anct-qpv-2015", "ign-communes"},
    "communes/": {"ign-communes"},
    "comparateurs/BASE_TD_FILO": {"insee-filosofi-iris"},
    "comparateurs/EPCI_2020": {"insee-communes-epci"},
    "comparateurs/FILO2019": {"insee-filosofi-communes"},
    "comparateurs/commune_2021": {"insee-cog-communes"},
    "comparateurs/data_CAF": {"caf-iris"},
    "comparateurs/donnee-dep": {"ssmsi-departements"},
    "correspondance/": {"anct-correspondance-2024-2015"},
    "entetes/bpe": {"insee-bpe"},
    "entetes/filosofi": {"insee-statistiques-locales"},
    "entetes/rpls_sru": {"sru-communes"},
    "entetes/ssmsi": {"ssmsi-communes"},
    "insee_qpv2015/DEMO": {"insee-qpv2015-demo"},
    "insee_qpv2015/IPRO": {"insee-qpv2015-ipro"},
    "insee_qpv2015/REVN": {"insee-qpv2015-revn"},
    "insee_qpv2015/data_DEMO": {"insee-qpv2015-demo"},
    "insee_qpv2015/data_filo": {"insee-qpv2015-filosofi"},
    "qpv2015/": {"anct-qpv-2015"},
    "qpv2024/": {"anct-qpv-2024"},
}
# a text, a dictionary, the four files of a shapefile that only mean something together
REFUSED = ("README.md", "insee_qpv2015/dictionnaire_variables.csv", "iris/")


def test_every_real_file_renamed_is_recognised_or_refused(real, tmp_path):
    wrong, recognised = [], 0
    names = random.Random(20261122)
    for file in sorted(p for p in real.rglob("*") if p.is_file()):
        place = file.relative_to(real).as_posix()
        copy = tmp_path / f"{names.randrange(10**9):09d}"
        shutil.copy(file, copy)
        try:
            found = set(candidates(copy))
        except FormatError as error:
            french(error)
            found = set()
        copy.unlink()
        expected = next((ids for start, ids in EXPECTED.items() if place.startswith(start)), set())
        assert expected or place.startswith(REFUSED), f"fichier nouveau, à décrire ici : {place}"
        recognised += found == expected and bool(found)
        if found != expected:
            wrong.append((place, found, expected))
    assert not wrong
    assert recognised >= 50


def test_a_real_shapefile_travels_in_its_zip(real, tmp_path):
    with zipfile.ZipFile(tmp_path / "sans-nom", "w") as archive:
        for file in (real / "iris").iterdir():
            archive.write(file, f"dossier/{file.name}")
    assert candidates(tmp_path / "sans-nom") == ["ign-iris"]


def test_the_proofs_of_the_sources_page_are_true(real):
    from datakit.sources.fetching.sources_page import proofs, recognised_in

    whole = {
        id for folder in real.iterdir() if folder.is_dir() and folder.name != "entetes" for id in recognised_in(folder)
    }
    assert {id for id, strength in proofs().items() if strength == "reel"} == whole
    headers = recognised_in(real / "entetes") - whole
    assert {id for id, strength in proofs().items() if strength == "entete"} == headers


def test_the_school_files_prove_what_the_sources_page_says():
    from datakit.core.places import content
    from datakit.sources.fetching.sources_page import proofs, recognised_in

    # all that the school writes is either proved on something stronger, or said to be proved on that
    written = recognised_in(content("data"))
    assert {id for id, strength in proofs().items() if strength in ("ecole", "suppose")} <= written <= set(proofs())


def test_a_file_is_taken_in_under_its_source(tmp_path):
    file = tmp_path / "téléchargement (3)"
    file.write_bytes(REVN)
    table = fetch(file=file)
    assert table[["source", "etat"]].values.tolist() == [["insee-qpv2015-revn", "nouveau"]]
    (record,) = registry.files_of("insee-qpv2015-revn").values()
    assert record.path.read_bytes() == REVN and record.origin == "fichier fourni"
    assert fetch("insee-qpv2015-revn", file=file)["etat"].tolist() == ["à jour"]


def test_a_file_that_is_not_the_source_asked_for_is_refused(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(REVN)
    with pytest.raises(FormatError) as caught:
        fetch("insee-qpv2015-demo", file=file)
    text = french(caught.value)
    assert "insee-qpv2015-revn" in text
    assert not list(storage.official_folder().rglob("*.csv"))


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"<!doctype html><html>Connexion</html>", "page web"),
        (b"", "vide"),
        (zip_bytes()[:-300], "entier"),
        (csv_bytes(), "reconnu"),
        (b"\x00\x01\x02" * 400, "format"),
    ],
)
def test_what_is_no_known_data_is_refused(tmp_path, body, word):
    file = tmp_path / "essai.bin"
    file.write_bytes(body)
    with pytest.raises(DatakitError) as caught:
        fetch(file=file)
    assert word in french(caught.value)
    assert registry.local().empty


def test_the_word_of_the_person_is_taken_where_nothing_describes_the_source(tmp_path):
    silent = next(one for one in sources().values() if not one.recognise and one.downloads)
    file = tmp_path / "associations.csv"
    file.write_bytes(csv_bytes())
    assert fetch(silent.id, file=file)["source"].tolist() == [silent.id]


def test_a_folder_of_downloads_is_sorted(tmp_path):
    folder = tmp_path / "Téléchargements"
    folder.mkdir()
    (folder / "un").write_bytes(REVN)
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff....")
    (folder / "en cours.crdownload").write_bytes(b"x")
    table = fetch(file=folder)
    assert sorted(table["etat"]) == ["nouveau", "sans fichier"]
    (folder / "un").unlink()
    with pytest.raises(FormatError) as caught:
        fetch(file=folder)
    assert "photo.jpg" in french(caught.value)


def test_nothing_at_that_path(tmp_path):
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(SourceError):
            fetch(file=path)


def test_a_corrected_file_replaces_the_first_and_both_are_kept(tmp_path):
    said = []
    file = tmp_path / "REVN_2022.csv"
    file.write_bytes(REVN)
    fetch(file=file)
    file.write_bytes(REVN.replace(b"34,9", b"35,0"))
    table = fetch(file=file, announce=said.append)
    assert table["etat"].tolist() == ["remplacé"] and "d'autres valeurs" in said[0]
    kept = list((storage.root() / "anciens").rglob("*.csv"))
    assert [p.read_bytes() for p in kept] == [REVN]
    assert registry.local()["anciennes_versions"].tolist() == [1]

"""Après « fetch --from DOSSIER », le dépôt officiel répond comme le dossier : rien de perdu, rien remplacé à tort."""

import os
import time
import zipfile
from urllib.parse import urlsplit

import geopandas as gpd
import pytest
from shapely.geometry import box

import datakit as dk
from datakit.core.errors import DatakitError, FormatError, SourceError
from datakit.core.places import content
from datakit.sources.catalogue import source
from datakit.sources.fetching import storage
from datakit.sources.fetching.fetch import fetch
from tests.fetching.conftest import french, static
from tests.fetching.every_loader import answers, differences


def filosofi(year, rows=("QP069002", "QP069003"), value=15160):
    names = [f"{c}_A{year}" for c in ("DISP_NOTE", "DISP_MED", "DISP_TP60")]
    lines = [f"{code};0;{value};34,9" for code in rows]
    return "\r\n".join([";".join(["CODGEO", *names]), *lines, ""]).encode()


def revenus(value="34,9", codes=("QP069002", "QP069003")):
    lines = [f"{code};Nom;28,5;12000;15160;{value};0" for code in codes]
    return "\r\n".join(["CODGEO;LIBGEO;PMIMP;DECUC_Q2;DISP_Q2;TP60;NOTE_FILO", *lines, ""]).encode()


def layer(codes, east=4.8, column="code_qp"):
    shapes = [box(east + i / 100, 45.7, east + i / 100 + 0.005, 45.705) for i in range(len(codes))]
    return gpd.GeoDataFrame({column: codes, "nom_qp": [f"Quartier {c}" for c in codes]}, geometry=shapes, crs=4326)


def quiet(path, *ids):
    return fetch(*ids, file=path, announce=lambda message: None)


def stored():
    folder = storage.official_folder()
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def downloads(tmp_path):
    """Un dossier de téléchargements, où l'on peut écrire."""
    folder = tmp_path / "Téléchargements"
    folder.mkdir()
    return folder


def test_two_territories_of_one_source_live_side_by_side(downloads):
    layer(["QP069001", "QP069002"]).to_file(downloads / "lyon.fgb")
    layer(["QP035001"], -1.7).to_file(downloads / "rennes.geojson")
    assert quiet(downloads)["etat"].tolist() == ["nouveau", "nouveau"]
    assert set(dk.load_qpv(2015, depot="officiel")["code_qp"]) == {"QP069001", "QP069002", "QP035001"}


@pytest.mark.parametrize("order", [(17, 18), (18, 17)])
def test_two_years_of_one_source_live_side_by_side_whatever_the_order(downloads, order):
    for year in order:
        file = downloads / "revenus.csv"  # the same name: only the content tells the years apart
        file.write_bytes(filosofi(year, value=10_000 + year))
        assert quiet(file)["etat"].tolist() == ["nouveau"]
    for year in order:
        table = dk.load_indicators("revenus", geography=2015, release=2000 + year, depot="officiel")
        assert table["niveau_vie_median"].tolist() == [10_000 + year] * 2


def test_one_name_in_two_folders_is_two_files(downloads):
    for name, code, east in (("69", "QP069001", 4.8), ("35", "QP035001", -1.7), ("59", "QP059001", 3.1)):
        (downloads / name).mkdir()
        layer([code], east).to_file(downloads / name / "quartiers.geojson")
    assert quiet(downloads)["etat"].tolist() == ["nouveau"] * 3
    assert differences(answers(downloads), answers("officiel")) == []
    before = stored()
    assert quiet(downloads)["etat"].tolist() == ["à jour"] * 3
    assert stored() == before


def test_a_corrected_file_among_namesakes_replaces_its_own_former_state(downloads):
    for name, codes in (("a", ("QP069002", "QP069003")), ("b", ("QP059001", "QP059002"))):
        (downloads / name).mkdir()
        (downloads / name / "REVN_2022.csv").write_bytes(revenus(codes=codes))
    quiet(downloads)
    corrected = revenus("35,0", ("QP059001", "QP059002"))
    (downloads / "b" / "REVN_2022.csv").write_bytes(corrected)
    assert sorted(quiet(downloads)["etat"]) == ["remplacé", "à jour"]
    assert sorted(stored().values()) == sorted([revenus(), corrected])


@pytest.mark.parametrize("given", ["quartiers.shp", "quartiers.dbf", "quartiers.prj", "."])
def test_a_shapefile_comes_with_all_its_files(downloads, given):
    layer(["QP069001", "QP069002"]).to_crs(2154).to_file(downloads / "quartiers.shp")
    assert quiet(downloads / given)["etat"].tolist() == ["nouveau"]
    assert dk.load_qpv(2015, depot="officiel").equals(dk.load_qpv(2015, depot=downloads))
    before = stored()
    assert quiet(downloads / given)["etat"].tolist() == ["à jour"]
    assert stored() == before


@pytest.mark.parametrize("lost", [".dbf", ".shx"])
def test_a_shapefile_without_one_of_its_files_is_refused(downloads, lost):
    layer(["QP069001"]).to_file(downloads / "quartiers.shp")
    (downloads / f"quartiers{lost}").unlink()
    with pytest.raises(FormatError, match=lost) as caught:
        quiet(downloads / "quartiers.shp")
    french(caught.value)
    assert stored() == {}


def test_a_file_of_several_sources_is_kept_once_and_serves_them_all(downloads):
    file = downloads / "local.gpkg"
    layer(["QP069001"]).to_file(file, layer="qpv2015")
    layer(["QN06901M"]).to_file(file, layer="qpv2024")
    (row,) = quiet(file).to_dict("records")
    assert row["etat"] == "nouveau" and "contient aussi : anct-qpv-20" in row["detail"]
    assert len(stored()) == 1
    for geography in (2015, 2024):
        assert len(dk.load_qpv(geography, depot="officiel")) == 1
    # asked for under its other source, it is the same file
    assert quiet(file, "anct-qpv-2024")["etat"].tolist() == quiet(file, "anct-qpv-2015")["etat"].tolist() == ["à jour"]


def test_what_looks_like_several_sources_is_stored_under_the_one_that_is_said(downloads, monkeypatch):
    from datakit.sources.fetching import local

    # two entries of the catalogue that would describe the same columns
    twins = ["insee-qpv2015-revn", "insee-qpv2015-demo"]
    monkeypatch.setattr(local, "recognised", lambda parts: [twins])
    file = downloads / "REVN_2022.csv"
    file.write_bytes(revenus())
    with pytest.raises(FormatError, match="plusieurs sources") as caught:
        quiet(file)
    assert f'datakit fetch insee-qpv2015-revn --from "{file}"' in french(caught.value)
    assert stored() == {}
    assert quiet(file, twins[1])["source"].tolist() == [twins[1]]


def test_an_older_state_does_not_replace_a_newer_one(downloads):
    file = downloads / "REVN_2022.csv"
    file.write_bytes(revenus("35,0"))
    quiet(file)
    file.write_bytes(revenus("34,9"))
    os.utime(file, (time.time() - 86_400,) * 2)
    with pytest.raises(FormatError, match="plus ancien") as caught:
        quiet(file)
    assert "effacer" in french(caught.value)
    assert list(stored().values()) == [revenus("35,0")]


@pytest.mark.parametrize(
    "second",
    [revenus(codes=("QP069002",)), revenus().replace(b"LIBGEO;", b"").replace(b"Nom;", b"")],
    ids=["moins de quartiers", "moins de colonnes"],
)
def test_a_part_never_replaces_the_whole(downloads, second):
    whole = revenus(codes=[f"QP0690{i:02d}" for i in range(1, 31)])
    file = downloads / "REVN_2022.csv"
    file.write_bytes(whole)
    quiet(file)
    file.write_bytes(second)
    (row,) = quiet(file).to_dict("records")
    assert row["etat"] == "nouveau" and "ne remplace pas" in row["detail"]
    assert sorted(stored().values()) == sorted([whole, second])


@pytest.mark.parametrize("name", [".qpv.geojson", "qpv.pdf", "qpv.xml", "qpv 24 : été.geojson"])
def test_no_name_hides_a_file_from_the_loaders(downloads, name):
    layer(["QN06901M"]).to_file(downloads / "a.geojson")
    (downloads / "a.geojson").rename(downloads / name)
    quiet(downloads / name)
    assert dk.load_qpv(2024, depot="officiel")["code_qp"].tolist() == ["QN06901M"]


def test_the_folder_of_datakit_is_not_taken_into_itself(downloads):
    (downloads / "REVN_2022.csv").write_bytes(revenus())
    quiet(downloads)
    before = stored()
    for folder in (storage.root(), storage.root().parent):
        with pytest.raises(SourceError, match="contient celui de datakit"):
            quiet(folder)
    assert quiet(storage.official_folder())["etat"].tolist() == ["à jour"]
    assert stored() == before


def test_the_file_of_the_producer_takes_the_place_of_the_same_one_given_by_hand(site, producer, downloads):
    def answer(body):
        producer.answers[urlsplit(source("anct-qpv-2024").downloads[0].url).path] = static(body, etag=f'"{len(body)}"')

    def packed(codes):
        layer(codes).to_file(downloads / "q.geojson")
        with zipfile.ZipFile(downloads / "q.zip", "w") as archive:
            archive.write(downloads / "q.geojson", "GEOJSON/q.geojson")
        (downloads / "q.geojson").unlink()
        return (downloads / "q.zip").read_bytes()

    first, second = packed(["QN06901M", "QN06902M"]), packed(["QN06901M", "QN06902M", "QN06903M"])
    (downloads / "q.zip").write_bytes(first)
    quiet(downloads)
    answer(first)
    assert site.fetch("anct-qpv-2024")["etat"].tolist() == ["à jour"]
    assert list(stored().values()) == [first]
    layer(["QN06901M", "QN06902M"]).to_file(downloads / "mon fichier.geojson")
    quiet(downloads / "mon fichier.geojson")
    answer(second)
    site.fetch("anct-qpv-2024")
    assert list(stored().values()) == [second]
    assert len(list((storage.root() / "anciens").rglob("*.*"))) == 2
    site.consistent()


def test_a_local_layer_stays_beside_the_file_of_the_producer(site, producer, downloads):
    layer(["QN06901M"]).to_file(downloads / "national.geojson")
    body = (downloads / "national.geojson").read_bytes()
    (downloads / "national.geojson").unlink()
    layer(["QN05901M"], 3.1).to_file(downloads / "local.geojson")
    quiet(downloads)
    producer.answers[urlsplit(source("anct-qpv-2024").downloads[0].url).path] = static(body)
    site.fetch("anct-qpv-2024")
    assert len(stored()) == 2


def test_real_files_several_of_one_source_and_one_of_several_all_come(real):
    for folder in ("qpv2015", "carreaux_200m", "iris"):
        assert set(quiet(real / folder)["etat"]) == {"nouveau"}
    for file in ("data_filo18_qp_revdis.csv", "data_filo17_qp_revdis.csv"):
        quiet(real / "insee_qpv2015" / file)
    assert len(dk.load_qpv(2015, depot="officiel")) == 70
    assert len(dk.load_grid(depot="officiel")) == 15_831
    assert len(dk.load_iris(depot="officiel")) == 358
    for year in (2017, 2018):
        assert len(dk.load_indicators("revenus", geography=2015, release=year, depot="officiel").columns) > 20


@pytest.mark.complete
@pytest.mark.parametrize("given", ["réels", "orvanche"])
def test_every_loader_answers_the_same_from_the_folder_and_from_the_official_depot(given, request, tmp_path):
    folder = request.getfixturevalue("real") if given == "réels" else content("data")
    expected = answers(folder)
    assert sum(not isinstance(answer, str) for answer in expected.values()) > 50
    # in several times, the last first: the order in which files arrive decides nothing
    for entry in sorted(folder.iterdir(), reverse=True):
        try:
            quiet(entry)
        except DatakitError as error:
            french(error)
    assert differences(expected, answers("officiel")) == []
    before = stored()
    assert not {"nouveau", "remplacé"} & set(quiet(folder)["etat"])
    assert stored() == before

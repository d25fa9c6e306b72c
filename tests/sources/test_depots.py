"""Un dépôt ouvert : le même tant que rien ne change, accepté partout, lu une fois ; un dommage n'est pas absence."""

import os
import pickle
import shutil
import zipfile

import pytest

import datakit as dk
from datakit.core.errors import AbsentError, FormatError, OptionError, SourceError
from datakit.course.setting import here
from datakit.sources import depots, inventory

CALLS = {
    "load_qpv": lambda d: dk.load_qpv(2024, depot=d),
    "load_communes": lambda d: dk.load_communes(depot=d),
    "load_iris": lambda d: dk.load_iris(depot=d),
    "load_grid": lambda d: dk.load_grid(depot=d),
    "load_points": lambda d: dk.load_points("equipements", depot=d),
    "load_indicators": lambda d: dk.load_indicators("revenus", depot=d),
    "crosswalk": lambda d: dk.crosswalk(depot=d),
    "compare": lambda d: dk.compare("QN09602M", "revenus", depot=d),
    "territory": lambda d: dk.territory().qpv(2024, depot=d),
    "locate": lambda d: dk.locate(dk.load_qpv(2024).representative_point().to_frame("geometry"), depot=d),
}


@pytest.fixture
def school(tmp_path):
    """Une copie du territoire-école, que personne n'a encore ouverte."""
    return shutil.copytree(dk.open_depot("ecole").root, tmp_path / "depot")


@pytest.fixture
def counted(monkeypatch):
    """Combien de fois un dossier est ouvert, regardé et inventorié."""
    counts = dict.fromkeys(("open_depot", "state_of", "inventory"), 0)

    def watch(name):
        real = getattr(depots, name)

        def watched(*args, **options):
            counts[name] += 1
            return real(*args, **options)

        monkeypatch.setattr(depots, name, watched)

    for name in counts:
        watch(name)
    return counts


def test_the_same_depot_comes_back_until_a_file_changes(school):
    first = dk.open_depot(school)
    count = len(first.parts)
    assert dk.open_depot(school) is first and dk.open_depot(str(school)) is first and dk.open_depot(first) is first
    (school / "autre.csv").write_text("code_qp\nQN09601I\n", encoding="utf-8")
    again = dk.open_depot(first)
    assert again is not first and again is dk.open_depot(school) and len(again.parts) == count + 1


@pytest.mark.parametrize("change", ["size", "date", "companion", "removed"])
def test_any_change_of_a_file_is_seen(tmp_path, change):
    file, side = tmp_path / "qpv.csv", tmp_path / "qpv.dbf"
    file.write_text("code_qp\nQN09601I\n", encoding="utf-8")
    side.write_bytes(b"1")
    before = inventory.state_of(tmp_path)
    if change == "size":
        file.write_text("code_qp\nQN09601I\nQN09602M\n", encoding="utf-8")
    elif change == "date":
        os.utime(file, ns=(1, 1))
    elif change == "companion":
        side.write_bytes(b"12")
    else:
        file.unlink()
    assert inventory.state_of(tmp_path) != before


def test_a_link_to_nothing_is_no_file(tmp_path):
    (tmp_path / "qpv.csv").symlink_to(tmp_path / "absent.csv")
    assert dk.open_depot(tmp_path).parts == []


@pytest.mark.parametrize("name", CALLS)
def test_an_opened_depot_is_accepted_wherever_a_name_is(name):
    assert CALLS[name](dk.open_depot("ecole")).equals(CALLS[name]("ecole"))


@pytest.mark.parametrize("depot", [3, "", ["ecole"]])
def test_what_is_no_depot_is_refused(depot):
    with pytest.raises(OptionError, match="n'est pas un dépôt"):
        dk.load_indicators("revenus", depot=depot)


def test_a_sheet_opens_its_depot_once(school, counted):
    dk.profile("QN09602M", depot=school)._repr_html_()
    assert counted == {"open_depot": 1, "state_of": 1, "inventory": 1}


def test_a_comparison_opens_its_depot_once(school, counted):
    for theme in ("revenus", "population"):
        dk.compare("QN09602M", theme, depot=school)
    assert counted == {"open_depot": 2, "state_of": 2, "inventory": 1}


@pytest.mark.parametrize("name", ["load_qpv", "load_indicators", "compare", "load_communes"])
def test_what_is_done_to_a_table_does_not_reach_the_next_reader(name):
    expected, table = CALLS[name]("ecole"), CALLS[name]("ecole")
    table.iloc[0, -1] = table.iloc[1, -1]
    table.attrs["labels"]["source"] = "moi"
    table.insert(0, "ajout", 1)
    again = CALLS[name]("ecole")
    assert again.equals(expected) and again.attrs == expected.attrs


def test_another_process_opens_the_folder_rather_than_receive_its_tables(school):
    opened = dk.open_depot(school)
    dk.load_indicators("revenus", depot=opened)
    packed = pickle.dumps(opened)
    assert len(packed) < 1000 and pickle.loads(packed) is opened  # noqa: S301 - our own bytes


@pytest.mark.parametrize("change", ["rewritten", "removed"])
def test_a_file_changed_under_an_opened_depot_is_refused_until_it_is_opened_again(school, change):
    opened = dk.open_depot(school)
    path = next(m.part.path for m in opened.matches if m.source.id == "insee-qpv2024-population")
    kept = dk.load_qpv(2024, depot=opened)
    text = path.read_text(encoding="utf-8-sig")
    path.unlink()
    if change == "rewritten":
        path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match="a changé") as refusal:
        dk.load_indicators("population", depot=opened)
    assert path.name in str(refusal.value) and not isinstance(refusal.value, AbsentError)
    assert dk.load_qpv(2024, depot=opened).equals(kept)
    assert len(dk.load_indicators("population", depot=dk.open_depot(opened)))


def _doubled(school):
    """Le territoire-école, où une ligne des revenus par quartier est en double ; rend le nom du fichier."""
    part = next(m.part for m in dk.open_depot(school).matches if m.source.id == "insee-qpv2024-filosofi")
    with zipfile.ZipFile(part.path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    lines = members[part.member].splitlines(keepends=True)
    members[part.member] = b"".join([*lines, lines[-1]])
    with zipfile.ZipFile(part.path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return part.path.name


def test_a_damaged_file_is_shown_and_never_passes_for_an_absence(school, monkeypatch):
    name = _doubled(school)
    monkeypatch.setenv("DATAKIT_DEPOT", str(school))
    for call in (
        lambda: dk.profile("QN09602M"),
        lambda: dk.compare("QN09602M", "revenus"),
        lambda: dk.study("revenus"),
        here,
    ):
        with pytest.raises(FormatError, match="en double") as refusal:
            call()
        assert name in str(refusal.value) and not isinstance(refusal.value, AbsentError)


def test_a_misspelt_theme_is_refused_in_a_sheet(monkeypatch):
    from datakit.output.fiche import content

    asked = {**content.content(), "theme": [{"id": "revenu", "title": "Revenus", "indicators": []}]}
    monkeypatch.setattr("datakit.output.fiche.dossier.content", lambda: asked)
    from datakit.output.fiche.dossier import open_dossier

    with pytest.raises(OptionError, match="revenus"):
        open_dossier(2024, "ecole")


def test_an_absent_theme_names_the_unreadable_files_beside_it(tmp_path):
    from datakit.output.fiche.dossier import open_dossier

    for match in dk.open_depot("ecole").matches:
        if match.source.kind == "perimetre" and match.geography == 2024:
            shutil.copy(match.part.path, tmp_path)
    (tmp_path / "revenus.xlsx").write_bytes(b"PK\x03\x04 abrege")
    note = open_dossier(2024, tmp_path).missing["revenus"]
    assert note.startswith("Ces fichiers ne contiennent rien") and "revenus.xlsx" in note


@pytest.mark.parametrize(
    "ask",
    [
        lambda d: dk.load_indicators("revenus", depot=d),
        lambda d: dk.load_qpv(2015, depot=d),
        lambda d: dk.load_iris(depot=d),
        lambda d: dk.load_qpv(2024, commune="01053", depot="ecole"),
        lambda d: dk.load_indicators("revenus", year=1999, depot="ecole"),
        lambda d: dk.load_indicators("entreprises", geography=2015, depot="ecole"),
    ],
)
def test_what_a_depot_does_not_have_is_an_absence(tmp_path, ask):
    with pytest.raises(AbsentError):
        ask(tmp_path)


def test_a_geography_added_to_the_table_is_looked_for_in_folders_already_inventoried(tmp_path, monkeypatch):
    (tmp_path / "qpv.csv").write_text("code_qp\nQX0690001\n", encoding="utf-8")
    before = inventory.inventory(tmp_path)[0].codes["code_qp"]
    monkeypatch.setitem(inventory._PATTERNS, "qpv2030", r"QX\d{7}")
    assert inventory.inventory(tmp_path)[0].codes["code_qp"] == before | {"qpv2030": 1}


@pytest.mark.skipif(os.name == "nt", reason="les liens demandent des droits sous Windows")
def test_a_linked_folder_is_read_as_any_other_once_and_never_in_circles(tmp_path):
    away, folder = tmp_path / "partage", tmp_path / "depot"
    (away / "2024").mkdir(parents=True)
    (folder / "dessous").mkdir(parents=True)
    shutil.copy(dk.open_depot("ecole").root / "qpv-2024-geojson.zip", away / "2024")
    (folder / "lien").symlink_to(away, target_is_directory=True)
    (folder / "encore").symlink_to(away, target_is_directory=True)
    (folder / "plus profond").symlink_to(away / "2024", target_is_directory=True)
    (away / "retour").symlink_to(folder, target_is_directory=True)
    (folder / "dessous" / "haut").symlink_to("..", target_is_directory=True)
    (folder / "soi").symlink_to("soi")
    (folder / "rien").symlink_to("absent")
    assert len(dk.load_qpv(2024, depot=folder)) == len(dk.load_qpv(2024))
    assert len(dk.open_depot(folder).parts) == 1
    # what changes behind the link is seen
    before = dk.open_depot(folder)
    (away / "note.csv").write_text("code_qp\nQN09601I\n", encoding="utf-8")
    assert dk.open_depot(folder) is not before


def test_what_the_exercises_expect_follows_the_files(school, monkeypatch):
    from datakit.course.sessions import truth

    def people():
        return truth.quarters(*truth.place(), "population")["population_municipale"]

    monkeypatch.setenv("DATAKIT_DEPOT", str(school))
    before, moved = people(), truth.comparison(*truth.place())
    assert people() is not None and truth.comparison(*truth.place()) is moved
    file = school / "pop_QPV24.csv"
    text = file.read_text(encoding="utf-8-sig")
    file.write_text(text.replace(f";{before.iloc[0]:.0f};", f";{before.iloc[0] + 111:.0f};"), encoding="utf-8-sig")
    assert people().iloc[0] in (before.iloc[0], before.iloc[0] + 111)
    assert truth.comparison(*truth.place()) is not moved

"""Chaque remède est suivi : il marche, ou mène à une autre phrase vraie. Un remède neuf sans essai est vu ici."""

import tomllib
import warnings
from pathlib import Path

import geopandas as gpd
import matplotlib.pyplot as plt
import pandas as pd
import pytest
import shapely

import datakit as dk
from datakit.cli import main
from datakit.core.errors import DatakitError
from datakit.sources.fetching import addresses, storage
from tests.remedies import arrivals, depots, files, lines, places, publications, readings, room, secrets  # noqa: F401 - they fill the list
from tests.remedies.calls import CASES
from tests.remedies.sites import Watch, names, silent

ELSEWHERE = tomllib.loads(Path(__file__).with_name("elsewhere.toml").read_text(encoding="utf-8"))
SILENT = tomllib.loads(Path(__file__).with_name("silent.toml").read_text(encoding="utf-8"))


class Desk:
    """What a person has under the hand, read once."""

    def __init__(self, folder):
        self.folder = folder
        self.qpv, self.grid = dk.load_qpv(2024), dk.load_grid()
        self.revenus, self.population = dk.load_indicators("revenus"), dk.load_indicators("population")
        self.population = self.population[["population_municipale"]]
        self.before = dk.load_indicators("population", geography=2015)[["population_municipale"]]
        self.passage = dk.crosswalk(2015, 2024, "area")
        self.parcours, self.points = dk.load_microdata("parcours"), dk.load_points("adresses").head(5)
        self.joined, self.people = dk.join(self.qpv, self.revenus), dk.join(self.qpv, self.population)
        self.both = pd.DataFrame({"a": [1.0], "b": [2.0]})
        self.figure = dk.bars(self.revenus, "taux_pauvrete")
        self.far = gpd.GeoDataFrame(geometry=gpd.points_from_xy([2.0], [48.0]), crs=4326)
        bow = shapely.Polygon([(-5.5, 46.05), (-5.48, 46.07), (-5.48, 46.05), (-5.5, 46.07)])
        self.bowtie = gpd.GeoDataFrame({"nom": ["nœud"]}, geometry=[bow], crs=4326)
        self.holed = self.grid.copy()
        self.holed.loc[self.holed.index[0], "geometry"] = None
        metres = self.qpv.to_crs(2154)
        self.metres = metres.set_crs(4326, allow_override=True)
        self.elsewhere = gpd.GeoDataFrame({"nom": ["loin"]}, geometry=[shapely.box(2, 48, 2.1, 48.1)], crs=4326)
        self.empty, self.partial = self.make("vide"), self.make("partiel")
        for name in ("qp-politiquedelaville-shp.zip", "REVN_2022.csv"):
            (self.partial / name).write_bytes((Path(dk.__file__).parents[1] / "data" / name).read_bytes())
        text = (self.partial / "REVN_2022.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
        (self.partial / "REVN_2022.csv").write_text("".join([text[0], *text[2:]]), encoding="utf-8-sig")
        self.uncharted = self.make("sans contour")
        for name in ("qp-politiquedelaville-shp.zip", "REVN_2022.csv"):
            (self.uncharted / name).write_bytes((Path(dk.__file__).parents[1] / "data" / name).read_bytes())
        with (self.uncharted / "REVN_2022.csv").open("a", encoding="utf-8") as added:
            added.write(text[1].replace("QP096001", "QP096099"))
        self.csv = folder / "points.csv"
        pd.DataFrame({"nom": ["a"], "lon": [-5.48], "lat": [46.07], "n": [30]}).to_csv(self.csv, index=False)
        self.alone = self.make("seul")
        name = "qp-politiquedelaville-shp.zip"
        (self.alone / name).write_bytes((self.partial / name).read_bytes())
        self.real_people = secrets.PEOPLE.copy()
        self.real_people.attrs["depot"] = "officiel"

    def make(self, name):
        place = self.folder / name
        place.mkdir(exist_ok=True)
        return place

    def text(self, name, content):
        (self.folder / name).write_text(content, encoding="utf-8")
        return self.folder / name

    def with_variable(self, name, value):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(name, value)
            return addresses.mirrors()

    def school(self):
        """The smallest territory, made once."""
        if not (self.folder / "o").exists():
            self.command("school", "--residents", "20000", "--out", self.folder / "o")

    def command(self, *words):
        with Watch() as watch:
            done = main([str(w) for w in words])
        if done == 2:
            raise watch.seen[-1][0]


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Each case, walked once: where its refusal was written, and what following the remedy gave."""
    patch = pytest.MonkeyPatch()
    patch.setenv(storage.CACHE_VARIABLE, str(tmp_path_factory.mktemp("officiel")))
    desk, found = Desk(tmp_path_factory.mktemp("bureau")), {}
    patch.chdir(desk.folder)
    for name, trip, follow in CASES:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found[name] = _walk(desk, trip, follow)
        plt.close("all")
    yield found
    patch.undo()


def _walk(desk, trip, follow):
    with Watch() as watch:
        try:
            trip(desk)
        except DatakitError as refusal:
            site, error = watch.of(refusal), refusal
        except Exception as other:  # noqa: BLE001 - what must never happen, and is told
            return None, f"une erreur étrangère : {other!r}"
        else:
            return None, "aucun refus"
    if site is None or not error.remedy:
        return None, f"sans remède : {error}"
    for step in follow:
        with Watch() as after:
            try:
                step(desk)
            except DatakitError as following:
                if after.of(following) in (site, None):
                    return site, f"le remède ramène au même refus : {following}"
            except Exception as other:  # noqa: BLE001 - the same
                return site, f"le remède mène à une erreur étrangère : {other!r}"
    return site, ""


@pytest.mark.parametrize("name", [name for name, _, _ in CASES])
def test_a_remedy_works_or_leads_to_the_next_true_sentence(name, walked):
    site, wrong = walked[name]
    assert not wrong and site


def test_each_case_has_its_own_name_and_follows_its_remedy():
    assert len({name for name, _, _ in CASES}) == len(CASES)
    assert not [name for name, _, follow in CASES if not follow], "un remède que rien ne suit"


def test_no_remedy_of_the_code_escapes(walked):
    """Those of ``elsewhere.toml`` are followed by a test that it names, or wait for one in a list that only shrinks."""
    seen = {names()[site] for site, _ in walked.values() if site}
    listed = {line for group in ELSEWHERE.values() for line in group["remedies"]}
    missing = sorted(set(names().values()) - seen - listed)
    assert not missing, "remèdes sans essai :\n" + "\n".join(missing)
    assert not listed - set(names().values()), "n'existent plus : à retirer de elsewhere.toml"
    assert not listed & seen, "essayés ici : à retirer de elsewhere.toml :\n" + "\n".join(sorted(listed & seen))


@pytest.mark.parametrize("group", sorted(ELSEWHERE))
def test_what_another_test_follows_is_followed_there(group):
    path, _, function = ELSEWHERE[group]["test"].partition("::")
    assert f"def {function}(" in (Path(__file__).parents[2] / path).read_text(encoding="utf-8")


def test_an_error_says_what_to_do_or_is_named_with_the_reason():
    listed = {line for group in SILENT.values() for line in group["errors"]}
    assert not silent() - listed, "sans « À faire » ni motif :\n" + "\n".join(sorted(silent() - listed))
    assert not listed - silent(), "disent quoi faire, ou n'existent plus : à retirer de silent.toml"
    assert all(len(group["why"]) > 30 for group in SILENT.values())

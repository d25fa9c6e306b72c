"""La commande, l'installation et la salle : comment tomber sur chaque refus, et ce que son remède fait faire."""

import contextlib
import io
import json
import os
import shutil
import socket
import sys
import zipfile
from pathlib import Path

import pytest

import datakit as dk
from datakit.core import places
from datakit.core.guard import Guarded
from datakit.core.needs import need
from datakit.core.places import content
from datakit.course.exercises.verify import read_notebook, reference_for
from datakit.course.printing import kit
from datakit.course.room import lab, workspace
from datakit.sources.reading.dialects import read_table
from datakit.sources.reading.layers import read_layer
from datakit.sources.reading.vectors import door
from datakit.tables.microdata import load_microdata
from tests.remedies.calls import EXERCISES, case
from tests.remedies.files import GOOD

REPOSITORY = Path(dk.__file__).parents[1]


@contextlib.contextmanager
def changed(*attributes, env=None, items=()):
    """Attributes, environment and dictionary entries, given back at the end."""
    with pytest.MonkeyPatch.context() as patch:
        for where, name, value in attributes:
            patch.setattr(where, name, value)
        for name, value in (env or {}).items():
            patch.delenv(name, raising=False) if value is None else patch.setenv(name, value)
        for mapping, name, value in items:
            patch.setitem(mapping, name, value)
        yield


# --- an installation without its repository, or without its contents
@contextlib.contextmanager
def installed(t, *kept):
    """The package as ``pip`` lays it down, away from any repository, with only some of its contents."""
    root = t.make("site-packages") / "datakit"
    shutil.rmtree(root, ignore_errors=True)
    (root / "_content").mkdir(parents=True)
    for name in kept:
        (root / "_content" / name).symlink_to(content(name))
    with changed((places, "_PACKAGE", root), env={"DATAKIT_SOURCES": None}):
        yield


def inside(t, kept, step):
    with installed(t, *kept):
        return step()


case(
    "un contenu qui manque à l'installation",
    lambda t: inside(t, ["data"], lambda: content("exercises")),
    lambda t: inside(t, ["data", "exercises"], lambda: content("exercises")),
)
case(
    "l'atelier d'Orvanche après pip",
    lambda t: inside(t, ["data"], lambda: t.command("school", "--residents", "10", "--out", t.folder / "o")),
    lambda t: t.school(),
)
case(
    "le kit sans le dépôt",
    lambda t: inside(t, [], kit.sources),
    lambda t: _from(REPOSITORY, t),
)


def _from(place, t):
    with changed(env={"DATAKIT_SOURCES": str(place)}), installed(t):
        os.environ["DATAKIT_SOURCES"] = str(place)  # what the launcher says of the folder where it is
        assert kit.sources() == place


def _microdata(t, *kept):
    place = t.make("donnees")
    for old in place.iterdir():
        old.unlink()
    for name in kept:
        shutil.copyfile(next(content("data").rglob(name)), place / name)
    root = t.make("ailleurs") / "datakit"
    shutil.rmtree(root, ignore_errors=True)
    (root / "_content").mkdir(parents=True)
    (root / "_content" / "data").symlink_to(place)
    with changed((places, "_PACKAGE", root)):
        return load_microdata("arrets")


case(
    "des microdonnées perdues",
    lambda t: _microdata(t),
    lambda t: _microdata(t, "arrets.parquet"),
)


# --- a package that is not there
@contextlib.contextmanager
def without(*names):
    # None in sys.modules is how Python itself says « not importable »
    with changed(items=[(sys.modules, name, None) for name in names]):
        door.reader.cache_clear()
        yield
    door.reader.cache_clear()


def lacking(names, step):
    with without(*names):
        return step()


def layer(t, suffix):
    place = t.make("couches") / f"q{suffix}"
    t.qpv.head(2)[["code_qp", "geometry"]].to_file(place)
    return place


def seven(t):
    import py7zr

    place = t.make("sept") / "a.7z"
    (t.make("ouvert") / "a.csv").write_text(GOOD, encoding="utf-8")
    with py7zr.SevenZipFile(place, "w") as archive:
        archive.write(t.make("ouvert") / "a.csv", "a.csv")
    return place


case(
    "un 7z sans py7zr",
    lambda t: _lacking_py7zr(seven(t)),
    lambda t: lacking(["py7zr"], lambda: read_table(t.make("ouvert") / "a.csv")),
    lambda t: read_table(seven(t)),
)
case(
    "un shapefile sans GDAL ni pyshp",
    lambda t: _lacking_layers(layer(t, ".shp"), "shapefile"),
    lambda t: _lacking_layers(layer(t, ".geojson"), "shapefile"),
    lambda t: _lacking_layers(layer(t, ".gpkg"), "shapefile"),
    lambda t: _lacking_layers(layer(t, ".shp")),
)
case(
    "un format qui demande GDAL",
    lambda t: _lacking_layers(layer(t, ".fgb")),
    lambda t: _lacking_layers(layer(t, ".gpkg")),
    lambda t: _lacking_layers(layer(t, ".geojson")),
    lambda t: read_layer(layer(t, ".fgb")),
)


def _lacking_py7zr(place):
    with without("py7zr"):
        return read_table(place)


def _lacking_layers(place, *names):
    with without("pyogrio", *names):
        return read_layer(place)


case(
    "un PDF sans typst",
    lambda t: lacking(["typst"], lambda: dk.profile("QN09602M").pdf(t.folder / "f.pdf")),
    lambda t: lacking(["typst"], lambda: dk.profile("QN09602M").html(t.folder / "f.html")),
)
case("JupyterLab absent", lambda t: lacking(["jupyterlab"], lambda: need("jupyterlab")), lambda t: need("jupyterlab"))


# --- the standard input
@contextlib.contextmanager
def given(stream):
    with changed((sys, "stdin", stream)):
        yield


def piped(t, *words):
    with (t.folder / "points.csv").open(encoding="utf-8") as text, given(text):
        t.command(*words)


def at_a_terminal(t, *words):
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0), os.fdopen(theirs, "r") as screen, given(screen):
        t.command(*words)


case(
    "un tiret au clavier",
    lambda t: at_a_terminal(t, "locate", "-", "-o", t.folder / "r.csv"),
    lambda t: piped(t, "locate", "-", "-o", t.folder / "r.csv"),
    lambda t: at_a_terminal(t, "locate", t.csv, "-o", t.folder / "r.csv"),
)
TABLE = "zone;effectif\nA;s\nB;20\nEnsemble;50\n"


def attacked(t, *words):
    with io.TextIOWrapper(io.BytesIO(TABLE.encode()), encoding="utf-8") as text, given(text):
        t.command("secrecy", "attack", *words)


case(
    "deux tirets",
    lambda t: attacked(t, "-", "-"),
    lambda t: attacked(t, t.text("attaque.csv", TABLE), "-"),
)


# --- the system refuses
def lab_with_logs_in(t, place):
    with changed(env={"XDG_STATE_HOME": str(place)}), contextlib.redirect_stdout(io.StringIO()):
        t.command("lab", "--dossier", t.make("travail"), "--sans-navigateur")


def _logs_in(place):
    with changed(env={"XDG_STATE_HOME": str(place)}):
        return lab._journal()


case(
    "un journal que le système refuse",
    lambda t: lab_with_logs_in(t, t.csv),
    lambda t: _logs_in(t.make("journaux")),
)
case(
    "un dossier de travail impossible",
    lambda t: t.command("lab", "--dossier", t.csv / "travail", "--sans-navigateur"),
    lambda t: workspace.prepare(t.folder / "travail"),
)


# --- notebooks and the room
def notebook(t, name, *cells):
    made = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return t.text(name, json.dumps(made))


case(
    "un notebook d'ailleurs",
    lambda t: t.command("check", notebook(t, "a_moi.ipynb")),
    lambda t: reference_for(EXERCISES / "03_sources.ipynb", read_notebook(EXERCISES / "03_sources.ipynb")),
)


def taken(*ports):
    with contextlib.ExitStack() as stack:
        for port in ports:
            probe = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):  # another program may hold it already: taken is taken
                probe.bind(("127.0.0.1", port))
        return lab._free_port(ports[0] if len(ports) == 1 else None)


def a_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


case(
    "un port déjà pris",
    lambda t: taken(a_free_port()),
    lambda t: lab._free_port(a_free_port()),
    lambda t: t.command("lab", "--dossier", t.make("travail"), "--arreter"),
)


def dying(t):
    """A JupyterLab that ends before it answers."""
    process = Guarded([sys.executable, "-c", "pass"])
    try:
        return lab._wait_for(process, t.make("mort"), None, t.folder / "journal.txt")
    finally:
        process.release(wait=True)


case("un JupyterLab qui meurt", dying, lambda t: t.command("doctor"))


# --- the kit
def wheel(t, *names):
    place = t.make("roues")
    for old in place.iterdir():
        old.unlink()
    for name in names:
        with zipfile.ZipFile(place / f"{name}-1.0-py3-none-any.whl", "w") as made:
            made.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            made.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            made.writestr(f"{name}-1.0.dist-info/RECORD", "")
    kit._pip(["download", "--no-index", "--no-deps", "--find-links", str(place), "-d", str(t.make("d")), "essai"])


case("un paquet du kit introuvable", lambda t: wheel(t), lambda t: wheel(t, "essai"))


# --- the study of a territory
NEW = "96005"  # two of its neighbourhoods have no ancestor


def brought(t, *more):
    """The files of a folder whose indicators stop at the neighbourhoods of 2015, where this commune had none."""
    place = t.make("quartiers_neufs")
    for old in place.iterdir():
        old.unlink()
    now, before = dk.load_qpv(2024), dk.load_qpv(2015)
    now.to_file(place / "q2024.geojson")
    before[~before["insee_com"].str.contains(NEW)].to_file(place / "q2015.geojson")
    for name in ("REVN_2022.csv", "liste-correspondance-qp2024-qp2015.csv", *more):
        shutil.copyfile(content("data") / name, place / name)
    return place


def studied(t, territory, *more):
    with changed(env={"DATAKIT_TERRITOIRE": territory, "DATAKIT_DEPOT": str(brought(t, *more))}):
        return dk.study("revenus")


case(
    "un territoire aux quartiers tout neufs",
    lambda t: studied(t, NEW),
    lambda t: studied(t, "96"),
    lambda t: studied(t, NEW, "revenus_pauvrete_2021_qp24_v2_csv.zip"),
)
case(
    "un quartier sans comparateur",
    lambda t: beside_in(brought(t)),
    lambda t: beside_in(brought(t, "FILO2019_DISP_COM.csv", "FILO2021_DISP_COM.csv", "commune_2021.csv")),
    lambda t: beside_in("ecole"),
)


def beside_in(depot):
    return dk.beside(dk.compare("QP096002", "revenus", depot=depot))


# --- what is written
case(
    "un GeoPackage ouvert ailleurs",
    lambda t: _held(t, "tenu.gpkg"),
    lambda t: dk.export_gis(t.joined, t.folder / "tenu_2.gpkg"),
    lambda t: ((t.folder / "tenu.gpkg-wal").unlink(), dk.export_gis(t.joined, t.folder / "tenu.gpkg")),
)


def _held(t, name):
    path = dk.export_gis(t.joined, t.folder / name)
    path.with_name(f"{name}-wal").write_bytes(b"journal")
    dk.export_gis(t.joined, path)

"""Tout ce que datakit écrit pour une personne, mis devant un disque qui refuse ; lancé dans un processus à part.

``python -m tests.output.every_write DOSSIER PANNE…`` écrit sur la sortie, en JSON, ce que chaque verbe a dit. La
panne « sain » n'en est pas une : elle relève les fonctions de datakit qui ont écrit.
"""

import contextlib
import errno
import gc
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
from shapely.geometry import Point

import datakit as dk
from datakit import cli, exercise_table, hand_in
from datakit.core.errors import DatakitError

CODE = "QN09603I"
BLOCK = 4096
REVENUS = "CODGEO;LIBGEO;PMIMP;DECUC_Q2;DISP_Q2;TP60;NOTE_FILO\nQP069002;Monod;28,5;12000;15160;34,9;0\n"


def prepared(inputs: Path):
    """Ce qui se lit et se calcule, une fois, avant toute panne."""
    (inputs / "points.csv").write_text("nom;lon;lat\nA;-6,5;46,5\n", encoding="utf-8")
    gpd.GeoDataFrame({"nom": ["A"]}, geometry=[Point(-6.5, 46.5)], crs=4326).to_file(inputs / "points.geojson")
    exercise_table("effectifs").to_csv(inputs / "tableau.csv", sep=";")
    qpv = dk.load_qpv(2024)
    values = qpv.assign(taux_pauvrete=range(len(qpv)))
    sheet, card = dk.profile(CODE), dk.webmap(values, "taux_pauvrete")
    sheet.figures, card.whole  # noqa: B018 - drawn once
    return sheet, dk.bars(values.set_index("lib_qp")["taux_pauvrete"]), card, values


def verbs(inputs: Path, out: Path, sheet, figure, card, values):
    """Par verbe, les fichiers qu'il écrit et comment il le fait."""
    # short names: what a shapefile cuts is told, and is another test's affair
    mapped = values[["code_qp", "lib_qp", "geometry"]]
    form = dk.partner_table([("CAF", "allocataires", "donnée ouverte", "")])

    def command(*words):
        return lambda: cli.main([str(word) for word in words])

    def saved(kinds, name, call):
        return {f"{name} {kind}": ([f"{name}.{kind}"], lambda k=kind: call(k)(out / f"{name}.{k}")) for kind in kinds}

    made = saved(("html", "pdf", "xlsx"), "fiche", lambda kind: getattr(sheet, kind))
    shown = dk.show(mapped[["code_qp", "lib_qp"]], "Les quartiers")
    made |= saved(("xlsx", "html"), "tableau", lambda kind: shown.save)
    answers = dk.secrecy.gate(["oui"] * 10)
    made |= saved(("html", "txt"), "dix questions", lambda kind: answers.save)
    made |= saved(("png", "svg", "pdf"), "figure", lambda kind: figure.save)
    made |= saved(("xlsx", "csv", "md", "html"), "formulaire", lambda kind: form.save)
    for kind in ("csv", "xlsx"):
        places, listed = out / f"lieux.{kind}", out / f"sources.{kind}"
        made[f"locate {kind}"] = [places.name], command("locate", inputs / "points.csv", "-o", places)
        made[f"catalog {kind}"] = [listed.name], command("catalog", "-o", listed)
    for kind in ("gpkg", "geojson", "shp", "fgb", "parquet"):
        layer, zones = out / f"points.{kind}", out / f"zones.{kind}"
        made[f"locate {kind}"] = [layer.name], command("locate", inputs / "points.geojson", "-o", layer)
        made[f"export_gis {kind}"] = [zones.name], lambda zones=zones: dk.export_gis(mapped, zones)
    counts, table = out / "comptes.csv", inputs / "tableau.csv"
    check, asked = ("secrecy", "check", table), ("locate", inputs / "points.csv", "-o", out / "lieux.csv")
    return made | {
        "locate comptes": (["lieux.csv", counts.name], command(*asked, "--comptes", counts)),
        "catalog page": (["sources.md"], command("catalog", "--page", out / "sources.md")),
        "secrecy protect": (["protege.csv"], command("secrecy", "protect", table, "-o", out / "protege.csv")),
        "planche": (["cercles-page.png"], command("planche", "-o", out)),
        "webmap": (["carte.html"], lambda: card.save(out / "carte.html")),
        "profile": ([f"{CODE}.html", f"{CODE}.pdf", f"{CODE}.xlsx"], command("profile", CODE, "-o", out)),
        "secrecy": (["masque.csv"], command(*check, "-o", out / "masque.csv")),
        "secrecy rapport": (["rapport.txt"], command(*check, "--report", out / "rapport.txt")),
        "export": (["index.html", "guide.html"], command("export", "--sans-fiches", "-o", out)),
        "room": (["classe.html"], command("room", inputs, "-o", out / "classe.html")),
        "hand_in": ([], lambda: hand_in(out)),
        "fetch": ([], command("fetch", "--from", inputs / "REVN_2022.csv")),
    }


def full(out):
    """Le disque plein : rempli jusqu'au dernier octet, ou à défaut une limite de taille de fichier."""
    if os.environ.get("PETIT_DISQUE"):
        return
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


def filled(out, room=0):
    """Il reste ``room`` octets, en blocs entiers, juste avant chaque verbe : le précédent a pu en rendre."""
    filling = out / "remplissage"
    with contextlib.suppress(OSError), filling.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    blocks = max(0, filling.stat().st_size - room) + BLOCK - 1
    os.truncate(filling, min(filling.stat().st_size, blocks // BLOCK * BLOCK))


def read_only(out):
    """Le dossier interdit : un disque en lecture seule pour root, que rien d'autre n'arrête."""
    out.chmod(0o555)
    if os.environ.get("PETIT_DISQUE"):
        subprocess.run(["mount", "-o", "remount,ro", str(out)], check=True)


def held(out):
    """Windows, quand un tableur tient le fichier : l'écrire à côté va, prendre sa place est refusé."""

    replace = Path.replace

    def refused(self, target):
        if Path(target).exists():
            raise PermissionError(errno.EACCES, "The process cannot access the file", str(self), None, str(target))
        return replace(self, target)

    Path.replace = refused


def killed(out):
    """Tué quand tout est écrit à côté, et rien encore à sa place."""
    Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)


REACHED = set()
ONE_WAY = str(Path(dk.__file__).with_name("core") / "writing.py")


def watched(out):
    """Aucune panne : les fonctions de datakit qui appellent la façon d'écrire sont relevées."""

    def note(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename == ONE_WAY and code.co_name in ("write_whole", "replacing"):
            caller = frame.f_back
            while "datakit" not in Path(caller.f_code.co_filename).parts:  # contextlib stands between
                caller = caller.f_back
            file = Path(caller.f_code.co_filename)
            if file != Path(ONE_WAY):
                REACHED.add(f"{file.relative_to(Path(dk.__file__).parents[1]).as_posix()}:{caller.f_code.co_name}")

    sys.setprofile(note)


def attempt(call):
    """Ce qu'a dit un verbe : code de sortie (2 pour une erreur de la bibliothèque) et texte."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = call()
        code = code if isinstance(code, int) else 0
    except DatakitError as error:
        return 2, str(error)
    except BaseException as error:  # noqa: BLE001 - what the test must see, not hide
        return f"{type(error).__name__} : {error}", said.getvalue()
    return code, said.getvalue()


def in_a_child(call):
    """La même chose dans un processus qui peut mourir."""
    child = os.fork()
    if child == 0:
        attempt(call)
        os._exit(0)
    return -os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), ""


def suffer(fault, inputs, out, things):
    """Un dossier déjà rempli, une panne, et chaque verbe."""
    todo = verbs(inputs, out, *things)
    for names, _ in todo.values():
        for name in names:
            (out / name).write_bytes(b"ancien")
            (out / name).chmod(0o666)
    given = inputs / "REVN_2022.csv"
    os.environ["DATAKIT_CACHE"] = str(out / "cache")
    given.write_text(REVENUS, encoding="utf-8")
    cli.main(["fetch", "--from", str(given)])
    given.write_text(REVENUS.replace("34,9", "35,0"), encoding="utf-8")
    hand_in(out)
    begin = {"interdit": read_only, "tenu": held, "tue": killed, "sain": watched}
    begin.get(fault, full)(out)
    said = {}
    for name, (names, call) in todo.items():
        if os.environ.get("PETIT_DISQUE") and fault in ("plein", "moitié"):
            # a file that a failed writer forgot to close gives its room back later: now. Then the healthy run says
            # how much this verb writes: half of it fits
            gc.collect()
            whole = sum((out.parent / "sain" / each).stat().st_size for each in names)
            filled(out, room=whole // 2 if fault == "moitié" else 0)
        said[name] = (in_a_child if fault == "tue" else attempt)(call)
    return said


def main(folder, *faults):
    """Préparer une fois, puis une panne par processus."""
    inputs = Path(folder) / "entrees"
    inputs.mkdir()
    os.environ["DATAKIT_PROGRESS"] = str(inputs / "carnet.jsonl")
    hand_in(inputs)
    things = prepared(inputs)
    for fault in faults:
        child = os.fork()
        if child == 0:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                said = suffer(fault, inputs, Path(folder) / fault, things)
            sys.setprofile(None)
            said |= {"écrivains": sorted(REACHED)} if fault == "sain" else {}
            os.write(1, (json.dumps({fault: said}) + "\n").encode())
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])

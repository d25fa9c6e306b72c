"""Construire les notebooks depuis leurs sources : ``python -m workshop.building.build`` (``--check`` : sans écrire)."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from datakit.core.places import repository
from workshop.building.assemble import assemble

ROOT = repository() or Path.cwd()
SOURCES = ROOT / "workshop" / "authoring"
SECONDS = 120


def sources(names: list[str] | None = None) -> list[Path]:
    """Les sources, leçons puis exercices ; ``names`` n'en garde que certaines (début du nom)."""
    found = [*sorted((SOURCES / "notebooks").glob("*.py")), *sorted((SOURCES / "exercises").glob("*.py"))]
    return [
        p
        for p in found
        if not names or any(p.relative_to(SOURCES).as_posix().startswith(n) or p.stem.startswith(n) for n in names)
    ]


def targets(path: Path) -> list[tuple[Path, bool]]:
    """Les notebooks que donne une source : (fichier, corrigé ou non)."""
    folder, name = ROOT / path.parent.name, f"{path.stem}.ipynb"
    if folder.name == "notebooks":
        return [(folder / name, True)]
    return [(folder / "solutions" / name, True), (folder / name, False)]


@contextmanager
def clean_environment(progress: Path, **more: str) -> Iterator[None]:
    """Exécuter loin des réglages de la personne : dépôt école, carnet neuf, dossier de figures par défaut."""
    kept = dict(os.environ)
    for name in [n for n in os.environ if n.startswith("DATAKIT_")]:
        del os.environ[name]
    inherited = os.environ.get("PYTHONPATH", "")
    os.environ |= {
        "DATAKIT_PROGRESS": str(progress),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), inherited])),
        **more,
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def execute(notebook: Any, folder: Path, *, allow_errors: bool = False, **environment: str) -> Any:
    """Exécuter un notebook dans ``folder`` et ranger ses sorties pour qu'elles soient les mêmes à chaque fois."""
    from nbclient import NotebookClient

    notebook.cells = [one for cell in notebook.cells for one in (cell, *_asked(cell))]
    with tempfile.TemporaryDirectory() as temporary, clean_environment(Path(temporary) / "carnet.jsonl", **environment):
        client = NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            record_timing=False,
            # whether two prints arrive together depends on the machine's haste
            coalesce_streams=True,
            allow_errors=allow_errors,
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute()
    _write_numbers(notebook)
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = number
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


_SAY = """from datakit.core.french import number as _said
def _written(value, decimals=0):
    return value if isinstance(value, str) else _said(float(value), decimals)
import json as _json
print(_json.dumps([{calls}]))"""


def _asked(cell: Any) -> list[Any]:
    """La cellule passagère qui calcule les nombres d'un texte, là où le lecteur les lira."""
    expressions = cell.metadata.get("datakit", {}).get("calcul", [])
    calls = ", ".join(f"_written({e})" for e in expressions)
    return [nbformat.v4.new_code_cell(_SAY.format(calls=calls), metadata={"calcul": cell.id})] if expressions else []


def _write_numbers(notebook: Any) -> None:
    """Écrire dans chaque texte les nombres calculés juste après lui, puis retirer les cellules passagères."""
    numbers = {c.metadata["calcul"]: "".join(_texts(c)) for c in notebook.cells if "calcul" in c.metadata}
    notebook.cells = [c for c in notebook.cells if "calcul" not in c.metadata]
    for cell in notebook.cells:
        if cell.id in numbers:
            # elsewhere than on Orvanche a cell may have nothing to compute from
            said = json.loads(numbers[cell.id]) if numbers[cell.id].startswith("[") else []
            for rank in map(int, NUMBER.findall(cell.source)):
                cell.source = cell.source.replace(f"⟦{rank}⟧", said[rank] if said else "n.d.")


NUMBER = re.compile(r"⟦(\d+)⟧")


def same_text(template: str, text: str) -> bool:
    """Le texte est celui de la source, aux nombres calculés près."""
    return re.fullmatch(r"[^|\n]+".join(re.escape(part) for part in NUMBER.split(template)[::2]), text) is not None


def write(notebook: Any, path: Path) -> None:
    """Écrire un notebook de façon stable : clés triées, accents lisibles, fins de ligne Unix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def differences(built: Any, stored: Any) -> list[str]:
    """Ce qui sépare deux notebooks : cellules, étiquettes, sorties en texte ; pas les octets des images."""
    if len(built.cells) != len(stored.cells):
        return [f"{len(built.cells)} cellules au lieu de {len(stored.cells)}"]
    found = []
    for new, old in zip(built.cells, stored.cells, strict=True):
        if new.id != old.id or new.cell_type != old.cell_type:
            found.append(f"cellule {old.id} devenue {new.id}")
        elif "".join(new.source) != "".join(old.source) or new.metadata != old.metadata:
            found.append(f"cellule {new.id} : le texte ou les étiquettes diffèrent")
        elif new.cell_type == "code" and _texts(new) != _texts(old):
            found.append(f"cellule {new.id} : la sortie diffère")
    return found


def _texts(cell: Any) -> list[str]:
    return [
        "".join(o.get("text", "")) or "".join(o.get("data", {}).get("text/plain", "")) or str(o.get("ename", ""))
        for o in cell.outputs
    ]


def _built(path: Path) -> Iterator[tuple[Path, Any]]:
    """Les notebooks exécutés d'une source ; à la place de celui qui échoue, son message."""
    from nbclient.exceptions import CellExecutionError

    for target, solved in targets(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield target, execute(assemble(path, solved=solved), target.parent)
        except CellExecutionError as error:
            yield target, f"{error.ename} : {error.evalue}"


def main(arguments: list[str] | None = None) -> int:
    """La commande : construire, ou comparer avec ``--check``."""
    parser = argparse.ArgumentParser(prog="python -m workshop.building.build", description=__doc__)
    parser.add_argument("names", nargs="*", help="début du nom des sources à construire (toutes par défaut)")
    parser.add_argument("--check", action="store_true", help="comparer aux notebooks du dépôt, sans rien écrire")
    options = parser.parse_args(arguments)
    stale = 0
    for path in sources(options.names):
        for target, notebook in _built(path):
            if isinstance(notebook, str):
                sys.stderr.write(f"{target.relative_to(ROOT)} : une cellule échoue\n{notebook}\n")
                stale += 1
                continue
            name = target.relative_to(ROOT)
            if not options.check:
                write(notebook, target)
                sys.stderr.write(f"écrit : {name}\n")
                continue
            found = differences(notebook, nbformat.read(target, as_version=4)) if target.exists() else ["absent"]
            stale += bool(found)
            sys.stderr.writelines(f"{name} : {line}\n" for line in found)
    if options.check:
        sys.stderr.write(
            "Les notebooks correspondent à leurs sources.\n"
            if not stale
            else "À reconstruire : python -m workshop.building.build\n"
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

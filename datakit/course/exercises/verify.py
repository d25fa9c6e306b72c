"""Vérifier le notebook d'une personne : nbval, avec les vérifications du corrigé remises en place en mémoire.

Le fichier de la personne n'est jamais modifié, et ses sorties enregistrées ne comptent pas : tout est recalculé.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from datakit.core.errors import FormatError, SourceError
from datakit.core.places import content
from datakit.core.state import read_bytes
from datakit.course.exercises.bank import exercises
from datakit.course.exercises.verdicts import BROKEN, MISSING, NOT_TRIED, NOT_YET, RIGHT, Line, key_of

_OPTIONS = (
    *(
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-p",
        "no:xdist",
        "-p",
        "no:cov",
        "--color=no",
        "--noconftest",
    ),
    *("-W", "ignore", "--nbval-lax", "--nbval-current-env", "--nbval-kernel-startup-timeout=60"),
)
_IMPORT = "from datakit import check\n"  # a redefined or deleted check() does not decide the verdict


def read_notebook(path: Path) -> Any:
    """Lire un notebook, quel que soit le logiciel qui l'a enregistré.

    Raises
    ------
    SourceError, FormatError
        Le fichier manque, ou n'est pas un notebook.
    """
    import nbformat

    if not path.is_file():
        raise SourceError(
            "le notebook est introuvable.", details={"Fichier": path}, remedy="vérifier le nom et le dossier."
        )
    try:
        found = nbformat.reads((read_bytes(path) or b"").decode("utf-8"), as_version=4)
        # what the rest of the course counts on: nbformat itself lets much more through
        if not all(isinstance(c.source, str) and isinstance(c.metadata, dict) for c in found.cells):
            raise ValueError("une cellule n'a pas de texte")
        return found
    except Exception as error:  # noqa: BLE001 - nbformat fails in every way on what is half a notebook
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise FormatError(
            "ce fichier n'est pas un notebook lisible.",
            details={"Fichier": path, "Lu": reason},
            remedy="l'ouvrir dans JupyterLab, l'enregistrer, puis recommencer.",
        ) from None


def reference_for(path: Path, notebook: Any) -> Path:
    """Le corrigé d'un notebook : celui qui partage le plus d'exercices, à défaut celui du même nom."""
    keys = {key_of(c) for c in notebook.cells} - {""}
    solved = sorted((content("exercises") / "solutions").glob("*.ipynb"))
    common = {s: len(keys & {key_of(c) for c in read_notebook(s).cells}) for s in solved}
    best = max(solved, key=lambda s: (s.name == path.name, common[s]), default=None)
    if best is None or (best.name != path.name and common[best] == 0):
        raise SourceError(
            "ce notebook n'est pas un des cahiers d'exercices.",
            details={"Fichier": path, "Cahiers connus": ", ".join(s.name for s in solved)},
            remedy="donner un notebook du dossier « exercises ».",
        )
    return best


def verify(path: Path, *, reference: Path | None = None, seconds: int = 60) -> list[Line]:
    """L'état de chaque exercice d'un notebook.

    Parameters
    ----------
    path : Path
        Le notebook de la personne, enregistré.
    reference : Path, optional
        Le corrigé exécuté ; trouvé tout seul d'habitude.
    seconds : int, optional
        Le temps laissé à chaque cellule.

    Returns
    -------
    list of Line
        Une ligne par exercice du corrigé, dans son ordre.
    """
    import pytest

    from datakit.course.exercises.merge import Merge

    target = path.resolve()
    solved = reference or reference_for(target, read_notebook(target))
    plugin = Merge(checks_of(solved))
    sanitize = resources.files("datakit.course").joinpath("verify.cfg")
    with tempfile.TemporaryDirectory() as folder, resources.as_file(sanitize) as rules, clean(folder), quiet():
        empty = Path(folder) / "pytest.ini"
        empty.write_text("[pytest]\n", encoding="ascii")
        pytest.main([*_OPTIONS, f"--rootdir={folder}", "-c", str(empty), f"--nbval-sanitize-with={rules}",
                     f"--nbval-cell-timeout={seconds}", str(target)], plugins=[plugin])  # fmt: skip
    return plugin.lines()


def checks_of(reference: Path) -> dict[str, Any]:
    """Les cellules de vérification d'un corrigé, exécutées ; sans cela, nbval ne comparerait rien."""
    checks: dict[str, Any] = {}
    for cell in read_notebook(reference).cells:
        id = key_of(cell)
        if not id or cell.cell_type != "code":
            continue
        if cell.execution_count is None or not cell.outputs:
            raise FormatError(f"le corrigé de {id} n'a pas été exécuté.", details={"Fichier": reference.name})
        checks[id] = copy.deepcopy(cell)
        checks[id].source = _IMPORT + cell.source
    return checks


@contextlib.contextmanager
def clean(folder: str) -> Iterator[None]:
    """Ne pas toucher au carnet de la personne, et donner au noyau ce datakit-ci."""
    kept = dict(os.environ)
    here = str(Path(__file__).resolve().parents[3])
    os.environ["DATAKIT_PROGRESS"] = str(Path(folder) / "carnet.jsonl")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [here, kept.get("PYTHONPATH", "")]))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Taire pytest : c'est nous qui rendons compte."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def report(path: Path, lines: list[Line]) -> str:
    """Le compte rendu en français, un exercice par ligne."""
    bank = exercises()
    symbols = {RIGHT: "✔", NOT_YET: "…", NOT_TRIED: "○", BROKEN: "!", MISSING: "?"}
    shown = [f"{path.name}"]
    for line in lines:
        title = bank[line.id].title if line.id in bank else ""
        shown.append(f"  {symbols[line.state]} {line.id} · {line.state} · {title}")
        if line.detail and line.state != RIGHT:
            shown += [f"      {part}" for part in line.detail.splitlines()[:3]]
    done = sum(line.state == RIGHT for line in lines)
    shown.append(f"  {done} sur {len(lines)}" + (" : tout est juste." if done == len(lines) else "."))
    return "\n".join(shown)

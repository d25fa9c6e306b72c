"""Ce qu'une commande va écrire, contre ce qu'elle lit : rien ne se perd sous un autre fichier."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from datakit.core.errors import OptionError
from datakit.core.writing import refuse_own_input

WRITES = ("output", "comptes", "report", "out")


def refuse_losses(given: Mapping[str, object]) -> None:
    """Refuser une sortie qui remplacerait une entrée, une autre sortie, ou un fichier du dépôt.

    Parameters
    ----------
    given : mapping
        Les options d'un verbe : nom → valeur. Une sortie porte l'un des noms de ``WRITES``.

    Raises
    ------
    OptionError
        Un même fichier servirait à deux choses.

    Examples
    --------
    >>> refuse_losses({"file": Path("a.csv"), "output": Path("b.csv"), "depot": None})
    """
    paths = {name: value for name, value in given.items() if isinstance(value, Path)}
    listed = [p for v in given.values() if isinstance(v, list) for p in v if isinstance(p, Path)]
    read = [*listed, *(path for name, path in paths.items() if name not in WRITES)]
    taken: dict[Path, Path] = {}
    for written in (paths[name] for name in WRITES if name in paths):
        if written.is_file():
            refuse_own_input(written, read)
            _refuse_in_depot(written, given.get("depot"))
        place = written.resolve()
        if place in taken:
            raise OptionError(
                "deux résultats s'écriraient dans le même fichier : le premier serait perdu.",
                details={"Fichier": written},
                remedy="donner un autre nom à l'un des deux.",
            )
        taken[place] = written


def _refuse_in_depot(written: Path, depot: object) -> None:
    folder = Path(depot) if isinstance(depot, str | Path) else None
    if folder is not None and folder.is_dir() and written.resolve().is_relative_to(folder.resolve()):
        raise OptionError(
            "le fichier à écrire existe déjà dans le dépôt que l'on lit : il serait perdu.",
            details={"Fichier": written, "Dépôt": folder},
            remedy="écrire hors de ce dossier, ou donner un autre nom au résultat.",
        )

"""Où se trouvent les contenus livrés avec datakit : le territoire-école, les notebooks, les exercices."""

from __future__ import annotations

from pathlib import Path

from datakit.core.errors import SourceError
from datakit.core.options import one_of

CONTENTS = ("data", "notebooks", "exercises", "docs", "jupyter")

_PACKAGE = Path(__file__).resolve().parent.parent


def repository() -> Path | None:
    """Le dossier du dépôt quand datakit est lu depuis ses sources, sinon None.

    Examples
    --------
    >>> repository() is None or (repository() / "pyproject.toml").is_file()
    True
    """
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() else None


def content(name: str) -> Path:
    """Le dossier d'un contenu livré : celui du dépôt si l'on y travaille, sinon celui du paquet installé.

    Parameters
    ----------
    name : {"data", "notebooks", "exercises", "docs", "jupyter"}
        Le contenu cherché.

    Returns
    -------
    Path
        Un dossier qui existe ; à lire seulement.

    Raises
    ------
    OptionError
        Le nom n'est pas celui d'un contenu.
    SourceError
        L'installation est incomplète.

    Examples
    --------
    >>> content("data").is_dir()
    True
    """
    one_of(name, CONTENTS, "content")
    folder = (repository() or _PACKAGE / "_content") / name
    if not folder.is_dir():
        raise SourceError(
            f"le dossier « {name} », livré avec datakit, est introuvable.",
            details={"Cherché dans": str(folder)},
            remedy="réinstaller datakit (python lancer.py refait l'installation).",
        )
    return folder

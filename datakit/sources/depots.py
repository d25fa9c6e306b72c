"""Les dépôts : où chercher les fichiers (territoire-école, fichiers officiels, un dossier), et ce qu'on y trouve."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from datakit.core.errors import DatakitError, OptionError, SourceError
from datakit.core.french import enumerate_words
from datakit.core.places import content
from datakit.sources.catalogue import sources
from datakit.sources.inventory import Part, inventory, unreadable
from datakit.sources.recognise import Match, recognise

SCHOOL = "ecole"
OFFICIAL = "officiel"


@dataclass(frozen=True)
class Depot:
    """Un dépôt ouvert : son nom (``ecole``, ``officiel`` ou le dossier) et son dossier."""

    name: str
    root: Path

    @functools.cached_property
    def parts(self) -> list[Part]:
        """Tout ce que le dossier contient, lisible ou non."""
        return inventory(self.root)

    @functools.cached_property
    def matches(self) -> list[Match]:
        """Ce qui a été reconnu."""
        return _recognised(self.root, self.parts)


# recognising a hundred files takes as long as reading ten tables: done again only when the folder has changed
_last: dict[Path, tuple[list[Part], list[Match]]] = {}


def _recognised(root: Path, parts: list[Part]) -> list[Match]:
    kept = _last.get(root)
    if kept is None or kept[0] != parts:
        kept = _last[root] = parts, [match for part in parts for match in recognise(part)]
    return kept[1]


def official_root() -> Path:
    """Le dossier où ``fetch`` range les fichiers officiels."""
    from datakit.sources.reading import cache

    return cache.folder() / "officiel"


def open_depot(depot: str | os.PathLike[str] | None = None) -> Depot:
    """Le dépôt demandé ; par défaut celui de ``DATAKIT_DEPOT``, sinon le territoire-école.

    Parameters
    ----------
    depot : str or path, optional
        ``"ecole"``, ``"officiel"``, ou le chemin d'un dossier (ou d'un fichier) en formats officiels.

    Raises
    ------
    SourceError
        Le dossier n'existe pas, ou rien n'a encore été rapatrié.

    Examples
    --------
    >>> open_depot("ecole").name
    'ecole'
    """
    chosen = depot if depot is not None else os.environ.get("DATAKIT_DEPOT") or SCHOOL
    if chosen == SCHOOL:
        return Depot(SCHOOL, content("data"))
    if chosen == OFFICIAL:
        root = official_root()
        if not root.is_dir():
            raise SourceError(
                "aucun fichier officiel n'a encore été rapatrié sur cet ordinateur.",
                remedy="lancer « datakit fetch anct-qpv-2024 » (ou datakit fetch --territoire VOTRE-COMMUNE), "
                'ou travailler avec depot="ecole".',
            )
        return Depot(OFFICIAL, root)
    if not isinstance(chosen, str | os.PathLike) or not str(chosen).strip():
        raise OptionError(
            f"depot={chosen!r} n'est pas un dépôt.", remedy='écrire "ecole", "officiel", ou le chemin d\'un dossier.'
        )
    root = Path(chosen).expanduser()
    if not root.exists():
        raise SourceError(
            f"le dépôt « {chosen} » n'existe pas.",
            details={"Cherché dans": root.absolute()},
            remedy='écrire "ecole", "officiel", ou le chemin d\'un dossier qui existe.',
        )
    return Depot(str(chosen), root)


def need(depot: Depot, ids: Iterable[str], what: str, *, kind: str | None = None) -> list[Match]:
    """Les parties du dépôt reconnues comme l'une des sources ``ids`` ; une erreur utile s'il n'y en a aucune.

    Parameters
    ----------
    what : str
        Ce qu'on cherchait, en français (« les périmètres des QPV de 2024 »).
    kind : str, optional
        La nature de code attendue (``"qpv2024"``, ``"commune"``…).

    Raises
    ------
    SourceError
        Rien de tel dans ce dépôt : ce qui y a été vu, ce qui n'a pas pu être lu, et la commande qui l'apporte.
    """
    wanted = set(ids)
    found = [m for m in depot.matches if m.source.id in wanted and kind in (None, m.code_kind)]
    if found:
        return found
    raise missing(depot, sorted(wanted), what)


def missing(depot: Depot, ids: list[str], what: str) -> DatakitError:
    """L'erreur qui dit ce qui manque dans un dépôt, ce qu'on y a vu, et comment l'obtenir."""
    parts = depot.parts
    broken = [p for p in parts if p.form == "illisible"]
    if len(parts) == 1 and broken:
        return unreadable(broken[0], what)
    known = [m.part for m in depot.matches]
    unknown = [p for p in parts if p.form != "illisible" and p not in known]
    details: dict[str, object] = {"Dépôt": depot.name if depot.name in (SCHOOL, OFFICIAL) else depot.root}
    if broken:
        details["Fichiers illisibles"] = " ; ".join(f"{p.where} ({p.problem.splitlines()[0]})" for p in broken[:5])
    if unknown:
        details["Fichiers non reconnus"] = " ; ".join(f"{p.where} ({_columns(p)})" for p in unknown[:5])
    if not parts:
        details["Contenu"] = "aucun fichier de données"
    fetchable = [i for i in ids if sources()[i].downloads] or ids
    return SourceError(
        f"{what} : introuvable dans ce dépôt.",
        details=details,
        remedy=f"« datakit fetch {fetchable[0]} » apporte ce fichier ; ou donner le dossier qui le contient à depot=."
        if depot.name != SCHOOL
        else "le territoire-école ne contient pas cette donnée : voir catalog().",
    )


def _columns(part: Part) -> str:
    names = list(part.columns[:4])
    return f"colonnes {enumerate_words(names)}{' …' if len(part.columns) > 4 else ''}" if names else "aucune colonne"


@functools.cache
def sources_of(*, kind: str | None = None, theme: str | None = None, level: str | None = None) -> tuple[str, ...]:
    """Les identifiants des sources d'une nature, d'un thème ou d'un niveau.

    Examples
    --------
    >>> sources_of(kind="correspondance")
    ('anct-correspondance-2024-2015',)
    """
    return tuple(
        s.id
        for s in sources().values()
        if kind in (None, s.kind) and level in (None, *s.levels) and (theme is None or theme in s.themes)
    )

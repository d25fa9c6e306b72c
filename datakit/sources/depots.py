"""Les dépôts : où chercher les fichiers (territoire-école, fichiers officiels, un dossier), et ce qu'on y trouve."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from datakit.core.errors import AbsentError, DatakitError, OptionError, SourceError
from datakit.core.french import enumerate_words
from datakit.core.places import content
from datakit.sources.catalogue import sources
from datakit.sources.doubts import miss
from datakit.sources.inventory import Part, State, inventory, state_of, unreadable
from datakit.sources.recognise import Doubt, Match, examine, heads

SCHOOL = "ecole"
OFFICIAL = "officiel"


Kept = TypeVar("Kept")


@dataclass(frozen=True, eq=False)
class Depot:
    """Un dépôt ouvert : une photographie de son dossier, et tout ce qu'on en a déjà lu.

    ``name`` est ``ecole``, ``officiel`` ou le dossier tel qu'on l'a donné. Un fichier changé depuis demande de rouvrir.
    """

    name: str
    root: Path
    state: State = field(repr=False)
    _kept: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def parts(self) -> list[Part]:
        """Tout ce que le dossier contient, lisible ou non."""
        return inventory(self.root)

    @property
    def matches(self) -> list[Match]:
        """Ce qui a été reconnu."""
        return self._examined[0]

    @property
    def doubts(self) -> list[Doubt]:
        """Ce qui ressemble à une source sans pouvoir en être."""
        return self._examined[1]

    @functools.cached_property
    def _examined(self) -> tuple[list[Match], list[Doubt]]:
        return examine(self.parts)

    @functools.cached_property
    def _stamps(self) -> dict[str, tuple[int, int]]:
        return {path: (size, date) for path, size, date in self.state}

    def check(self, matches: Iterable[Match]) -> None:
        """Refuser un fichier changé depuis l'ouverture : ses colonnes ne sont plus celles qu'on y a reconnues."""
        for path in dict.fromkeys(m.part.path for m in matches):
            stat = path.stat() if path.exists() else None
            if stat is None or self._stamps.get(str(path)) != (stat.st_size, stat.st_mtime_ns):
                raise SourceError(
                    f"« {path.name} » a changé, ou n'est plus là, depuis que ce dépôt est ouvert.",
                    details={"Fichier": path},
                    remedy="rouvrir le dépôt : depot = open_depot(depot).",
                )

    def keep(self, key: Hashable, build: Callable[[], Kept]) -> Kept:
        """Ce qui se calcule une fois pour ce dépôt, gardé aussi longtemps que lui. À ne jamais modifier sur place."""
        if key not in self._kept:
            self._kept[key] = build()
        return self._kept[key]  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[object, ...]:
        # another process opens it again: what was read of it would weigh more than the folder
        return _current, (self.name, self.root.absolute())


AnyDepot = str | os.PathLike[str] | Depot | None
_MOST = 4
_open: dict[tuple[str, Path], Depot] = {}  # the last ones used come last
_lock = threading.Lock()


def _current(name: str, root: Path) -> Depot:
    """The depot as last opened, unless one of its files has changed: the only place that decides it."""
    key, state = (name, root.resolve()), state_of(root)
    kept = _open.get(key)
    if kept is None or kept.state != state:
        kept = Depot(name, root, state)
    with _lock:
        _open.pop(key, None)
        _open[key] = kept
        while len(_open) > _MOST:
            del _open[next(iter(_open))]
    return kept


def official_root() -> Path:
    """Le dossier où ``fetch`` range les fichiers officiels."""
    from datakit.sources.reading import cache

    return cache.folder() / "officiel"


def opened(depot: AnyDepot) -> Depot:
    """Le dépôt lui-même s'il est déjà ouvert, sinon celui qu'ouvre :func:`open_depot`."""
    return depot if isinstance(depot, Depot) else open_depot(depot)


def open_depot(depot: AnyDepot = None) -> Depot:
    """Ouvrir un dépôt une fois, pour le donner ensuite à ``depot=`` partout ; par défaut celui de ``DATAKIT_DEPOT``.

    Parameters
    ----------
    depot : str, path or Depot, optional
        ``"ecole"`` (le territoire-école, défaut), ``"officiel"``, le chemin d'un dossier (ou d'un fichier) en formats
        officiels ; ou un dépôt déjà ouvert, à rouvrir si un fichier a changé.

    Returns
    -------
    Depot
        ``.name``, ``.root`` (le dossier), ``.parts`` (ce qu'il contient), ``.matches`` (ce qui est reconnu). Le même
        objet est rendu tant qu'aucun fichier du dossier n'a changé.

    Raises
    ------
    SourceError
        Le dossier n'existe pas, ou rien n'a encore été rapatrié.
    OptionError
        Ce n'est ni un nom, ni un chemin, ni un dépôt.

    Examples
    --------
    >>> school = open_depot("ecole")
    >>> school.name, open_depot("ecole") is school
    ('ecole', True)
    """
    chosen = depot if depot is not None else os.environ.get("DATAKIT_DEPOT") or SCHOOL
    if isinstance(chosen, Depot):
        return _current(chosen.name, chosen.root)
    if chosen == SCHOOL:
        return _current(SCHOOL, content("data"))
    if chosen == OFFICIAL:
        root = official_root()
        if not root.is_dir():
            raise SourceError(
                "aucun fichier officiel n'a encore été rapatrié sur cet ordinateur.",
                remedy="lancer « datakit fetch anct-qpv-2024 » (ou datakit fetch --territoire VOTRE-COMMUNE), "
                'ou travailler avec depot="ecole".',
            )
        return _current(OFFICIAL, root)
    if not isinstance(chosen, str | os.PathLike) or not str(chosen).strip():
        raise OptionError(
            f"depot={chosen!r} n'est pas un dépôt.",
            remedy='écrire "ecole", "officiel", le chemin d\'un dossier, ou donner ce que rend open_depot(…).',
        )
    root = Path(chosen).expanduser()
    if not root.exists():
        raise SourceError(
            f"le dépôt « {chosen} » n'existe pas.",
            details={"Cherché dans": root.absolute()},
            remedy='écrire "ecole", "officiel", ou le chemin d\'un dossier qui existe.',
        )
    return _current(str(chosen), root)


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
    AbsentError
        Rien de tel dans ce dépôt : ce qui y a été vu, ce qui n'a pas pu être lu, et la commande qui l'apporte.
    """
    wanted = set(ids)
    refuse_broken(depot, wanted, what)
    found = [m for m in depot.matches if m.source.id in wanted and kind in (None, m.code_kind)]
    doubts = [d for d in depot.doubts if d.match.source.id in wanted and kind in (None, d.match.code_kind)]
    # part of a source, or its rows twice: to be mended before anything is read; another thing altogether: left aside
    fault = next((d for d in doubts if not (found and d.reason.foreign)), None)
    if fault is not None:
        raise fault.error(what)
    if found:
        depot.check(found)
        return found
    raise missing(depot, sorted(wanted), what)


def refuse_broken(depot: Depot, ids: Iterable[str], what: str) -> None:
    """Refuser un fichier illisible dont l'en-tête est celui d'une de ces sources : s'en passer serait la perdre.

    Raises
    ------
    FormatError
        La raison, telle que le lecteur l'a dite.
    """
    for part in depot.parts:
        if part.form == "illisible" and part.columns and any(heads(sources()[i], part) for i in ids):
            raise unreadable(part, what)


def set_aside(depot: Depot, ids: Iterable[str]) -> list[str]:
    """Les réserves qui nomment les fichiers laissés de côté : ceux qui ressemblent à ces sources, et les illisibles."""
    wanted = set(ids)
    said = list(dict.fromkeys(d.said for d in depot.doubts if d.match.source.id in wanted))
    broken = [f"« {p.where} » ({p.problem.splitlines()[0].rstrip('.')})" for p in depot.parts if p.form == "illisible"]
    if broken:
        more = f" … et {len(broken) - 3} autres" if len(broken) > 3 else ""
        said.append(f"fichiers illisibles dans ce dossier, laissés de côté : {' ; '.join(broken[:3])}{more}.")
    return said


def missing(depot: Depot, ids: list[str], what: str) -> DatakitError:
    """L'erreur qui dit ce qui manque dans un dépôt, ce qu'on y a vu, et comment l'obtenir."""
    parts = depot.parts
    broken = [p for p in parts if p.form == "illisible"]
    if len(parts) == 1 and broken:
        return unreadable(broken[0], what)
    details: dict[str, object] = {"Dépôt": depot.name if depot.name in (SCHOOL, OFFICIAL) else depot.root}
    if broken:
        details["Fichiers illisibles"] = " ; ".join(f"{p.where} ({p.problem.splitlines()[0]})" for p in broken[:5])
    misses = sorted(((m, p) for p in parts for i in ids if (m := miss(sources()[i], p))), key=lambda pair: -pair[0][0])
    close = dict.fromkeys(f"{p.where} {text}" for (_, text, _), p in misses)
    if close:
        details["Le plus proche"] = " ; ".join(list(close)[:3])
    known = {id(p) for p in (*(m.part for m in depot.matches), *(q for _, q in misses))}
    unknown = [p for p in parts if p.form != "illisible" and id(p) not in known]
    if unknown:
        details["Fichiers non reconnus"] = " ; ".join(f"{p.where} ({_columns(p)})" for p in unknown[:5])
    if not parts:
        details["Contenu"] = "aucun fichier de données"
    fetchable = [i for i in ids if sources()[i].downloads] or ids
    remedy = f"« datakit fetch {fetchable[0]} » apporte ce fichier ; ou donner le dossier qui le contient à depot=."
    if depot.name == SCHOOL:
        remedy = "le territoire-école ne contient pas cette donnée : voir catalog()."
    elif misses and misses[0][0][2]:
        remedy = f"{misses[0][0][2]} Sinon, {remedy}"
    return AbsentError(f"{what} : introuvable dans ce dépôt.", details=details, remedy=remedy)


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

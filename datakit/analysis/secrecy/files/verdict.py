"""Vérifier des fichiers, dire ce qui s'y lit de trop, et n'en écrire un que si sa propre attaque ne l'ouvre pas."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.files.attack import attack_written, describe_unknown, read_written
from datakit.analysis.secrecy.files.findings import Findings
from datakit.analysis.secrecy.files.gathering import read_publication
from datakit.analysis.secrecy.files.leaks import Leak, leaks_of
from datakit.analysis.secrecy.files.ordering import alphabetical
from datakit.analysis.secrecy.files.publication import Publication
from datakit.analysis.secrecy.files.report import report_text
from datakit.analysis.secrecy.files.solving import held_together, solve_for
from datakit.analysis.secrecy.files.tables.grids import read_book
from datakit.analysis.secrecy.files.tables.roles import read_roles
from datakit.analysis.secrecy.files.tables.shaped import Asked
from datakit.analysis.secrecy.files.wording import roles_of, said_of, worded
from datakit.analysis.secrecy.files.writing import check_names, write_book
from datakit.analysis.secrecy.protection import Solution
from datakit.analysis.secrecy.readers import CONTINUOUS, FOUND, INTEGER, PROTECTED, READERS, RULE, UNTRIED
from datakit.analysis.secrecy.rules import Rule, rule_of
from datakit.core.errors import FormatError, OptionError, SecrecyError
from datakit.core.options import one_of
from datakit.core.writing import replacing


class FileReport(Findings):
    """Le verdict sur des fichiers publiés ensemble : ``roles``, ``readers``, ``leaks``, ``text``, ``save``."""

    @property
    def text(self) -> str:
        """Le compte rendu, en français."""
        return report_text(self)

    def __str__(self) -> str:
        return self.text

    def save(self, path: str | Path, *others: str | Path) -> list[Path]:
        """Écrire les fichiers à publier ; aucun n'est laissé si l'attaque de ce qui vient d'être écrit en ouvre un.

        Parameters
        ----------
        path : str or Path
            Le fichier à écrire (.csv, .xlsx, .html ou .gpkg), ou un dossier : chaque fichier y garde son nom.
        *others : str or Path
            Les fichiers liés, dans leur ordre ; par défaut, à côté du premier.

        Returns
        -------
        list of Path
            Les fichiers écrits, un par fichier reçu.

        Raises
        ------
        SecrecyError
            Aucune protection n'existe, ou le fichier écrit s'ouvre : rien n'est laissé.
        SourceError
            Dossier absent ou interdit d'écriture ; le fichier d'origine ne se remplace pas.
        """
        if self.problem:
            raise SecrecyError(
                "ces tableaux ne peuvent pas être protégés : rien n'est écrit.",
                why=self.problem,
                remedy="regrouper des lignes ou des colonnes, ou retirer ce qui les relie, puis recommencer.",
            )
        targets = self._targets(Path(path), [Path(o) for o in others])
        self._write_checked(targets)
        return targets

    def _targets(self, path: Path, others: list[Path]) -> list[Path]:
        if path.is_dir() or not path.suffix:
            path.mkdir(exist_ok=True)
            return check_names([path / p.name for p in self.paths])
        rest = [path.with_name(f"{path.stem}_{p.stem}{path.suffix}") for p in self.paths[1:]]
        rest[: len(others)] = others
        return check_names([path, *rest])

    def _write_checked(self, targets: list[Path]) -> None:
        """Écrire à côté, relire, attaquer, puis seulement donner aux fichiers leur nom."""
        with contextlib.ExitStack() as stack:
            beside = [stack.enter_context(replacing(t, inputs=self.paths, create=False)) for t in targets]
            for target, book, gone in zip(beside, self.made.books, self.masked, strict=True):
                write_book(book, gone, target)
            self._attack(beside)

    def _attack(self, paths: list[Path]) -> None:
        written = read_written(self.made, paths)
        if self.found is not None:
            attack_written(self.made, self.found, written)


def check_file(
    path: str | Path,
    rule: str | Rule,
    *,
    roles: Mapping[str, str] | None = None,
    readers: Sequence[str] = (CONTINUOUS, INTEGER, RULE),
    linked: Sequence[str | Path] = (),
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    count: str | None = None,
    largest: str | None = None,
    hierarchies: Mapping[str, pd.DataFrame] | None = None,
    protection: float | None = None,
    sheet: str | None = None,
    total: str = "Ensemble",
    seconds: float = 10.0,
    solve: bool = True,
) -> FileReport:
    """Vérifier un fichier tel qu'on le publie (toutes ses feuilles, et les fichiers liés) et préparer sa protection.

    Parameters
    ----------
    path : str or Path
        Un CSV ou un classeur, avec ses titres, ses notes, ses totaux, ses parts.
    rule : str or Rule
        Une règle du catalogue (``rules()``) ou la vôtre : ``Rule("associations", minimum=5)``.
    roles : mapping, optional
        Corriger un rôle en un mot : {"Part (%)": "part", "ligne 6": "note", "-": "zéro"}.
    readers : sequence of str
        Les lecteurs à essayer : ``continu``, ``entier``, ``regle``.
    linked : sequence of path
        Les autres fichiers publiés avec celui-ci.
    by, value, count, largest, hierarchies, protection
        Comme pour ``check``.
    sheet : str, optional
        Une seule feuille du classeur.
    total : str
        Comment le fichier nomme ses totaux, s'il le fait d'un mot inhabituel.
    seconds : float
        Temps accordé à la recherche de l'optimum.
    solve : bool
        ``False`` : dire ce qui se lit de trop, sans chercher de protection.

    Returns
    -------
    FileReport
        ``.roles``, ``.readers``, ``.leaks``, ``.text``, ``.save(path)``.

    Raises
    ------
    FormatError, OptionError
        Ce qui ne se lit pas ou ne se décide pas : la case est nommée, avec le mot qui tranche.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> text = "Quartier;Ménages;Part (%)\\nA;5;4,2\\nB;35;29,2\\nC;80;66,7\\nEnsemble;120;100,0\\n"
    >>> _ = path.write_text(text, encoding="utf-8")
    >>> report = check_file(path, "fiscal")
    >>> report.roles["Part (%)"], report.readers["continu"], report.hidden
    ('part', 'protege', 4)
    """
    for reader in readers:
        one_of(reader, READERS, "readers")
    chosen = rule_of(rule)
    if not isinstance(path, str | Path):
        raise OptionError(
            "check_file lit un fichier.",
            details={"Reçu": type(path).__name__},
            remedy='donner son chemin : secrecy.check_file("tableau.xlsx", "fiscal") ; pour une table déjà lue, '
            'secrecy.check(table, "fiscal").',
        )
    paths = [Path(path), *map(Path, linked)]
    names = (by,) if isinstance(by, str) else tuple(by or ())
    want = Asked(read_roles(roles), names, value, count, largest, total, tuple(hierarchies or {}))
    books = [read_book(p, sheet if n == 0 else None) for n, p in enumerate(paths)]
    made = read_publication(books, chosen, want, hierarchies or {}, protection)
    books, sorted_out = alphabetical(made) if solve and leaks_of(made) else (books, [])
    if sorted_out:
        made = read_publication(books, chosen, want, hierarchies or {}, protection)
    made.reading = replace(made.reading, rule=worded(chosen, made))
    report = FileReport(paths, made.reading.rule, roles_of(made), dict.fromkeys(READERS, UNTRIED), leaks_of(made), made)
    report.masked = [{g.name: set() for g in b.grids} for b in books]
    report.said = [*said_of(made), *sorted_out]
    if not solve:
        return report
    _protect(report, readers, seconds)
    return report


def _protect(report: FileReport, readers: Sequence[str], seconds: float) -> None:
    made = report.made
    for b, (spot, _, digits) in [(n[0][0], n) for n in made.notes]:
        if digits:
            report.masked[b][spot[1]].add(spot[2])
    for b, sheet, place in made.dropped:
        report.masked[b][sheet].add(place)
    if report.leaks or any((w != "").any() for w in made.reading.why):
        if report.leaks and made.doubtful.any():
            raise _doubtful(made)
        try:
            report.found, states, said = solve_for(made, readers, seconds)
        except SecrecyError as refusal:
            report.problem = str(refusal)
            return
        report.readers |= states
        report.said += said
        _mask(report, report.found)
    else:
        report.readers |= dict.fromkeys(readers, PROTECTED) | held_together(made)
    _prove(report)


def _doubtful(made: Publication) -> FormatError:
    unknown = int(np.flatnonzero(made.doubtful)[0])
    return FormatError(
        "une case vide (ou à tiret) : vaut-elle 0, ou est-elle déjà masquée ?",
        details={"Case": describe_unknown(made, unknown), "Cases dans ce cas": int(made.doubtful.sum())},
        why="aucun total ne le dit, et la protection des autres en dépend.",
        remedy='le dire en un mot : --roles "vide=zéro" ou "vide=masqué" ; pour un tiret, sans espace : '
        '--roles="-=zéro".',
    )


def _mask(report: FileReport, found: Solution) -> None:
    made = report.made
    where = made.reading.system.where
    gone = found.hidden & ~(found.problem.unknown & ~np.isnan(made.reading.system.value))
    for t, spots in enumerate(made.spots):
        for i, spot in enumerate(spots):
            if spot is not None and gone[where[t][i]]:
                report.masked[spot[0]][spot[1]].add(spot[2])
                if made.reading.why[t][i] == "":
                    report.extra.append(Leak(spot[0], made.describe((t, i)), "", spot))
    for f in made.followers:
        if any(gone[where[t][i]] for t, i in f.needs):
            if f.place[2] not in report.masked[f.place[0]][f.place[1]] and not any(
                k.spot == f.place for k in report.leaks
            ):
                report.extra.append(Leak(f.place[0], f.name, f"{f.role} qui les suit", f.place))
            report.masked[f.place[0]][f.place[1]].add(f.place[2])


def _prove(report: FileReport) -> None:
    """Écrire pour de bon, ailleurs, et attaquer : « Preuve » ne se dit qu'après."""
    with tempfile.TemporaryDirectory() as folder:
        several = [
            Path(folder) / f"{n}{p.suffix if p.suffix.lower() in ('.csv', '.xlsx') else '.csv'}"
            for n, p in enumerate(report.paths)
        ]
        several = [
            t.with_suffix(".xlsx") if len(b.grids) > 1 else t for t, b in zip(several, report.made.books, strict=True)
        ]
        try:
            report._write_checked(several)
        except SecrecyError as refusal:
            report.problem = str(refusal)
            report.readers[CONTINUOUS] = FOUND
            return
    report.proved = True

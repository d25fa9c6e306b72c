"""Le compte rendu d'un fichier, en français : rôles, ce qui se lit de trop, ce qu'il faut masquer, les lecteurs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.analysis.secrecy.files.grouping import two_best
from datakit.core.french import number, percent, plural, spaced

if TYPE_CHECKING:
    import pandas as pd

    from datakit.analysis.secrecy.files.findings import Findings
    from datakit.analysis.secrecy.files.leaks import Leak

_MOST = 40
_ENDLESS = 1e12


def report_text(report: Findings) -> str:
    """Le texte qu'une personne sans formation statistique peut suivre, case par case."""
    rule = report.rule
    lines = [
        f"Secret statistique : {', '.join(p.name for p in report.paths)}",
        f"Règle : {rule.name} ({rule.label or rule.unit})",
        f"Source : {rule.source}",
    ]
    lines += [f"Adresse : {rule.url}"] if rule.url else []
    lines += [rule.note] if rule.note else []
    lines += ["", 'Ce qui a été lu (à corriger avec --roles "nom=rôle") :', *_roles(report), ""]
    if not report.leaks:
        lines.append("Rien à masquer : aucune case sous le seuil, aucune case masquée ne se recalcule.")
        # a file that may go out as it is still says who was tried against it
        lines += _readers(report) if report.found is not None else []
    else:
        which = "ces fichiers tels quels" if len(report.paths) > 1 else "ce fichier tel quel"
        many = plural(len(report.leaks), "case est", "cases sont")
        lines.append(f"Ne publiez pas {which} : {many} en cause.")
        lines += ["", "1. À masquer d'office :", *_by_file(report, report.leaks)]
        lines += ["", report.problem] if report.problem else _protection(report)
    lines += [f"Réserve : {r}" for r in report.said]
    return spaced("\n".join(lines)) + "\n"


def attack_text(report: Findings, cells: pd.DataFrame) -> str:
    """Ce que le lecteur retrouve, case par case."""
    lines = [
        f"Attaque de : {', '.join(p.name for p in report.paths)}",
        "",
        'Ce qui a été lu (à corriger avec --roles "nom=rôle") :',
        *_roles(report),
        "",
    ]
    if cells.empty:
        lines.append("Aucune case masquée dans ces fichiers.")
    ordered = cells.sort_values("exact", ascending=False, kind="stable").to_dict("records")
    for row in ordered[:_MOST]:
        name = f"{row['file']} : " if len(report.paths) > 1 else ""
        top = number(row["high"]) if row["high"] < _ENDLESS else "plus"
        where = f"{number(row['low'])} exactement" if row["exact"] else f"entre {number(row['low'])} et {top}"
        lines.append(f"   - {name}{row['cell']} : {where}")
    lines += [f"   … et {number(len(cells) - _MOST)} autres cases masquées"] if len(cells) > _MOST else []
    lines.append("")
    if report.leaks:
        lines += [
            f"{plural(len(report.leaks), 'case se lit', 'cases se lisent')} de trop :",
            *_by_file(report, report.leaks),
        ]
    else:
        lines.append("Aucune case secrète ne se retrouve à moins de l'écart exigé (lecteur continu).")
    return spaced("\n".join(lines)) + "\n"


def _roles(report: Findings) -> list[str]:
    by_role: dict[str, list[str]] = {}
    for name, role in report.roles.items():
        by_role.setdefault(role, []).append(name)
    return [
        f"   - {role} : {', '.join(names[:8])}{f' … et {len(names) - 8} autres' if len(names) > 8 else ''}"
        for role, names in by_role.items()
    ]


def _by_file(report: Findings, leaks: list[Leak]) -> list[str]:
    lines: list[str] = []
    for b, path in enumerate(report.paths):
        mine = [k for k in leaks if k.book == b]
        if mine and len(report.paths) > 1:
            lines.append(f"   {path.name} :")
        lines += [f"   - {k.where}{' : ' + k.why if k.why else ''}" for k in mine[:_MOST]]
        if len(mine) > _MOST:
            lines.append(f"   … et {number(len(mine) - _MOST)} autres (le fichier écrit par -o les masque toutes)")
    return lines


def _protection(report: Findings) -> list[str]:
    found, made = report.found, report.made
    lines: list[str] = []
    if report.extra:
        lines += [
            "",
            "2. À masquer aussi, sinon une soustraction ou une part redonne les premières :",
            *_by_file(report, report.extra),
        ]
    if found is None or made is None:
        return [*lines, "", "Le fichier écrit par -o n'emporte que les cases visibles."]
    cells = {s for spots in made.spots for s in spots if s is not None} | {f.place for f in made.followers}
    # a note that is blanked is masked too, and is no cell of the table
    masked = {(b, sheet, p) for b, book in enumerate(report.masked) for sheet, places in book.items() for p in places}
    wide = found.problem.width
    how = (
        "C'est le moins possible."
        if found.optimal
        else (
            f"C'est prouvé suffisant ; aucun choix ne coûterait plus de {percent(found.excess)} de moins."
            if found.least > 0
            else "C'est prouvé suffisant, pas forcément le moins possible."
        )
    )
    share = percent(100.0 * len(masked & cells) / max(1, len(cells)))
    lines += ["", f"Au total {plural(report.hidden, 'case masquée', 'cases masquées')} ({share} de la table). {how}"]
    if report.proved:
        width = number(wide, 0 if wide == round(wide) else 2)
        lines.append(
            "Preuve : le fichier écrit a été relu et attaqué ; de chaque case masquée, un lecteur ne peut rien dire "
            f"de plus précis qu'un écart de {width} {report.rule.unit}."
        )
    lines += _readers(report)
    lines += _groupings(report)
    return [
        *lines,
        "",
        "Avant de masquer, essayez de regrouper : des tranches plus larges, moins de catégories perdent souvent moins.",
        "Dans le fichier publié, laissez la case vide ou « s », sans dire laquelle est sous le seuil : c'est déjà",
        "un renseignement. Gardez ce compte rendu pour vous, il contient les effectifs secrets.",
    ]


def _readers(report: Findings) -> list[str]:
    said = report.verdicts.itertuples(name=None)
    return ["", "Lecteur par lecteur :", *(f"   - {name} ({what}) : {verdict}" for name, what, verdict in said)]


def _groupings(report: Findings) -> list[str]:
    lines = two_best(report)
    return ["", "Regrouper plutôt que masquer :", *lines] if lines else []

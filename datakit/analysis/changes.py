"""L'évolution entre deux dates : permise là où le périmètre, la source et la méthode sont restés les mêmes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.conversion import COVERAGE
from datakit.analysis.inputs import check_columns, check_indexed, counts
from datakit.analysis.natures import COUNT, MEAN, MEDIAN, RATE, nature_of
from datakit.core.codes import one_geography, one_world
from datakit.core.errors import GeographyError, JoinError, OptionError, UnsafeOperation, refuse
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import carried, labels_of, labels_shown, reserves_of
from datakit.sources.plausible import doubts

Floats = npt.NDArray[np.float64]

_SAME = "I"  # the last letter of a 2024 code whose outline is that of 2015
# 2022 was not produced; « Filosofi 2 », from 2023, is another measure
_LAST_OLD_FILOSOFI, _FIRST_NEW_FILOSOFI = 2021, 2023


def change(
    table_a: pd.DataFrame,
    table_b: pd.DataFrame,
    *,
    links: pd.DataFrame | None = None,
    years: tuple[int, int] | None = None,
    ok_because: str | None = None,
) -> pd.DataFrame:
    """L'évolution des indicateurs communs à deux tables, ou la raison de ne pas la calculer.

    Parameters
    ----------
    table_a, table_b : DataFrame
        L'avant et l'après : deux tables de ``load_indicators``, codes en index.
    links : DataFrame, optional
        La table ``crosswalk(2015, 2024)``, pour passer d'un découpage à l'autre : seuls les quartiers au contour
        inchangé (lettre I, un pour un) sont alors comparés.
    years : tuple of int, optional
        Les deux années, pour ce dont le producteur ne documente pas l'année, si vous les connaissez ; la sortie dit
        qu'elles sont déclarées.
    ok_because : str, optional
        Pourquoi assumer deux millésimes consécutifs de Filosofi ou de l'assurance maladie, ou deux sources différentes.

    Returns
    -------
    DataFrame
        Index : le code ; colonnes ``indicator before after change unit`` : en points pour un taux ou une part, en %
        pour un effectif ou un montant. Un indicateur dont les deux années ne sont pas connues et distinctes est laissé
        de côté, et nommé dans les réserves. ``.attrs["dropped"]`` : les quartiers qu'on ne peut pas suivre.

    Raises
    ------
    GeographyError
        Deux découpages sans ``links``.
    UnsafeOperation
        Année inconnue, millésimes consécutifs, Filosofi avant et après 2022, sources différentes.
    OptionError, JoinError, FormatError
        Même année ; aucun indicateur ou aucun code commun, code en double ; valeur qui n'est pas un nombre,
        effectif négatif.

    Examples
    --------
    >>> before = pd.DataFrame({"taux_pauvrete": [40.0]}, index=pd.Index(["QN06901I"], name="code_qp"))
    >>> after = before - 2
    >>> before.attrs["years"], after.attrs["years"] = {"taux_pauvrete": 2018}, {"taux_pauvrete": 2021}
    >>> change(before, after)[["change", "unit"]].values.tolist()
    [[-2.0, 'points']]
    """
    check_indexed(table_a, "table_a")
    check_indexed(table_b, "table_b")
    names = [c for c in table_a.columns if c in table_b.columns and c != COVERAGE]
    if not names:
        raise JoinError(
            "les deux tables n'ont aucun indicateur commun.",
            details={"Avant": ", ".join(map(str, table_a.columns)), "Après": ", ".join(map(str, table_b.columns))},
            remedy="charger le même thème aux deux dates.",
        )
    spans, declared = _spans(table_a, table_b, names, years)
    names = list(spans)
    about = carried(table_a, table_b)
    reserves = [*about["reserves"], *reserves_of(links), *doubts(table_a, names), *doubts(table_b, names), *declared]
    reserves += _refusals(table_a, table_b, spans, ok_because)
    before, dropped = _same_perimeters(table_a, table_b, links)
    shared = before.index.intersection(table_b.index, sort=False)
    if not len(shared):
        raise JoinError("les deux tables n'ont aucun code commun.", remedy="vérifier le niveau et le découpage.")
    if dropped:
        some = enumerate_words(dropped[:5]) + (" …" if len(dropped) > 5 else "")
        reserves.append(
            f"{plural(len(dropped), 'quartier non suivi', 'quartiers non suivis')} d'une date à l'autre : {some}."
        )
    pieces = [_one(shared, counts(before.loc[shared], n), counts(table_b.loc[shared], n), str(n)) for n in names]
    table = pd.concat(pieces)
    labels = labels_of(table_b)
    said = sorted({f"{a}–{b}" for a, b in spans.values()})
    table.attrs |= about | {
        "labels": labels | {"millesime": enumerate_words(said), "comparateur": "le même territoire, avant"},
        "geography": one_geography(table.index, "codes comparés"),
        "reserves": list(dict.fromkeys(reserves)),
        "years": spans,
        "dropped": dropped,
    }
    return table


Spans = dict[Any, tuple[int, int]]


def _spans(a: pd.DataFrame, b: pd.DataFrame, names: list[Any], years: Any) -> tuple[Spans, list[str]]:
    """The two years of each indicator that has them in order; what was declared, and what is left out, is said."""
    pair: Any = (None, None) if years is None else years
    if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(y is None or isinstance(y, int) for y in pair)):
        raise OptionError(f"years={years!r} n'est pas un couple d'années.", remedy="écrire years=(2018, 2022).")
    documented = {n: (_year(a, n), _year(b, n)) for n in names}
    undated = [n for n, known in documented.items() if None in known]
    spans: Spans = {}
    for name, known in documented.items():
        _refuse_other_years(name, known, tuple(pair), (a, b))
        first, second = (year if year is not None else told for year, told in zip(known, pair, strict=True))
        if first is not None and second is not None:
            spans[name] = (first, second)
    flat = [n for n, (first, second) in spans.items() if first >= second]
    kept = {n: span for n, span in spans.items() if n not in flat}
    if not kept:
        raise _not_in_order(spans) if spans else _undated(a, b, undated[0])
    said = []
    if told := [n for n in undated if n in kept]:
        said.append(f"Années déclarées, non documentées par le producteur : {pair[0]} et {pair[1]} ({_some(told)}).")
    if silent := [n for n in undated if n not in spans]:
        said.append(f"Laissés de côté, leur année n'étant pas documentée : {_some(silent)} (years= la déclare).")
    if flat:
        said.append(f"Laissés de côté, l'après décrivant la même année ou une année antérieure : {_some(flat)}.")
    return kept, said


def _some(names: list[Any]) -> str:
    return enumerate_words(map(str, names[:3])) + (f" … ({len(names)} en tout)" if len(names) > 3 else "")


def _refuse_other_years(name: Any, known: tuple[Any, Any], told: tuple[Any, Any], tables: tuple[Any, Any]) -> None:
    """What the producer documents is not declared otherwise; an indicator documented at both dates needs nothing."""
    if None not in known:
        return
    for table, year, said in zip(tables, known, told, strict=True):
        if None not in (year, said) and year != said:
            first, second = (y if y is not None else t for y, t in zip(known, told, strict=True))
            raise OptionError(
                f"« {name} » décrit {year}, et non {said}.",
                details={"Millésime affiché": labels_of(table)["millesime"]},
                remedy=f"écrire years=({first}, {second})."
                if first < second
                else f'retirer cet indicateur : change(avant.drop(columns="{name}"), après, years=…).',
            )


def _not_in_order(spans: Spans) -> OptionError:
    name, (start, end) = next(iter(spans.items()))
    return OptionError(
        f"l'avant ({start}) n'est pas antérieur à l'après ({end}).",
        details={"Indicateur": name},
        remedy="donner d'abord la table la plus ancienne : change(avant, après)."
        if start > end
        else "change(avant, après) demande deux années : en charger une autre, load_indicators(…, year=…).",
    )


def _year(table: pd.DataFrame, name: Any) -> int | None:
    years = table.attrs.get("years", {})
    found = years.get(name) if isinstance(years, dict) else None
    return None if found is None else int(found)


def _undated(a: pd.DataFrame, b: pd.DataFrame, name: Any) -> UnsafeOperation:
    silent = a if _year(a, name) is None else b
    first, second = _year(a, name) or 2018, _year(b, name) or 2022
    return UnsafeOperation(
        "l'année de ces données n'est pas documentée.",
        details={"Indicateur": name, "Millésime affiché": labels_of(silent)["millesime"]},
        why="l'année du fichier n'est pas celle des données : REVN_2022 porte les revenus de 2018.",
        remedy=f"si vous connaissez les deux années, les déclarer : change(avant, après, years=({first}, {second})).",
    )


def _refusals(a: pd.DataFrame, b: pd.DataFrame, spans: Spans, ok_because: str | None) -> list[str]:
    reserves: list[str | None] = []
    # one file mixes sources: each indicator is judged by its own, each case once
    cases = {(labels_shown(a, [n])["source"], labels_shown(b, [n])["source"], *span): n for n, span in spans.items()}
    for (before, after, start, end), name in sorted(cases.items(), key=lambda case: case[0][2:]):
        sources = [s.casefold() for s in (before, after)]
        if all("filosofi" in s for s in sources):
            reserves.append(_filosofi(start, end, ok_because))
        elif all("cnam" in s or "assurance maladie" in s for s in sources) and end - start == 1:
            reserves.append(_consecutive("de l'assurance maladie", start, end, ok_because))
        if _producers(sources[0]) != _producers(sources[1]):
            reserves.append(
                refuse(
                    "les deux tables ne viennent pas de la même source.",
                    ok_because=ok_because,
                    details={"Indicateur": name, "Avant": before, "Après": after},
                    why="deux sources ne comptent pas les mêmes personnes : l'écart mesurerait leur différence.",
                    remedy="charger le même thème du même producteur aux deux dates.",
                )
            )
    return [r for r in reserves if r]


def _producers(source: str) -> frozenset[str]:
    """The sources named, whatever their order and the year that a file adds to its name."""
    return frozenset(part.strip() for part in source.split(";"))


def _filosofi(start: int, end: int, ok_because: str | None) -> str | None:
    if start <= _LAST_OLD_FILOSOFI and end >= _FIRST_NEW_FILOSOFI:
        raise UnsafeOperation(
            f"Filosofi {start} et Filosofi {end} ne se comparent pas.",
            why="le millésime 2022 n'a pas été produit, et celui de 2023 mesure autrement : l'écart ne veut rien dire.",
            remedy="s'arrêter à 2021, ou partir de 2023.",
        )
    return _consecutive("de Filosofi", start, end, ok_because) if end - start == 1 else None


def _consecutive(what: str, start: int, end: int, ok_because: str | None) -> str | None:
    return refuse(
        f"deux millésimes consécutifs {what} ({start} et {end}) ne mesurent pas une évolution.",
        ok_because=ok_because,
        why="le producteur le déconseille : à cette maille, les changements de fichiers pèsent plus qu'une année.",
        remedy="comparer deux millésimes plus éloignés, et dire les ruptures de méthode entre eux.",
    )


def _same_perimeters(a: pd.DataFrame, b: pd.DataFrame, links: pd.DataFrame | None) -> tuple[pd.DataFrame, list[str]]:
    """The first table under the codes of the second; the codes that cannot be followed."""
    one_world([*a.index, *b.index], "tables de l'avant et de l'après")
    first, second = one_geography(a.index, "table de l'avant"), one_geography(b.index, "table de l'après")
    if first == second:
        lost = sorted(map(str, a.index.symmetric_difference(b.index)))
        return a, lost
    how = "crosswalk(2015, 2024) donne cette table."
    if links is not None:
        check_columns(links, ("origin", "target", "status"), "links", how)
    else:
        raise GeographyError(
            "les deux tables n'ont pas le même découpage.",
            details={"Avant": f"QPV {first}", "Après": f"QPV {second}"},
            why="un quartier de 2024 n'a ni le contour ni la population de celui de 2015 qui porte son nom.",
            remedy="change(…, links=crosswalk(2015, 2024)) compare les seuls quartiers au contour inchangé (lettre I).",
        )
    old, new = ("origin", "target") if str(links["origin"].dropna().iloc[0]).startswith("QP") else ("target", "origin")
    pairs = links.dropna(subset=["origin", "target"])
    alone = ~pairs[old].duplicated(keep=False) & ~pairs[new].duplicated(keep=False)
    kept = pairs[alone & (pairs["status"] == "inchange") & pairs[new].str.endswith(_SAME)]
    names = dict(zip(kept[old], kept[new], strict=True))
    followed = a[a.index.isin(list(names))].rename(index=names)
    lost = sorted({*map(str, a.index.difference(list(names))), *map(str, b.index.difference(followed.index))})
    return followed, lost


def _one(codes: pd.Index[Any], start: Floats, end: Floats, name: str) -> pd.DataFrame:
    nature = nature_of(name)
    if nature in (COUNT, MEDIAN, MEAN):
        difference, unit = 100 * (end / np.where(start == 0, np.nan, start) - 1), "%"
    else:
        difference, unit = end - start, "points" if nature == RATE else "écart"
    columns = {"indicator": name, "before": start, "after": end, "change": difference, "unit": unit}
    return pd.DataFrame(columns, index=codes)

"""Séance 3 : compter, lire un code, ouvrir, joindre, distinguer les manques, mesurer (E12 à E18)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from datakit.core.french import number, plural
from datakit.course.exercises.answers import UnreadableAnswer, as_list, as_mapping, as_number, choose, normal
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict, close
from datakit.course.exercises.placeholder import Blank
from datakit.course.exercises.tables import exercise_table


def _counts(answer: Any) -> dict[str, float]:
    """Des comptes par étiquette : Series, dictionnaire, ou tableau à une ou deux colonnes."""
    if isinstance(answer, pd.DataFrame):
        answer = answer.set_index(answer.columns[0]).iloc[:, 0] if answer.shape[1] == 2 else answer.squeeze(axis=1)
    if isinstance(answer, pd.Series):
        answer = answer.to_dict()
    if not isinstance(answer, dict) or not answer:
        raise UnreadableAnswer(
            "j'attends un nombre en face de chaque étiquette, par exemple ce que rend value_counts()."
        )
    return {str(k): as_number(v) for k, v in answer.items()}


def _table(answer: Any) -> pd.DataFrame:
    if not isinstance(answer, pd.DataFrame) or answer.empty:
        raise UnreadableAnswer("j'attends un tableau (DataFrame) qui ne soit pas vide.")
    return answer


def e12(_exercise: Exercise, answer: Any) -> Verdict:
    """Nombre de quartiers de chaque commune du territoire."""
    from datakit import communes_of, territory

    quarters = territory().qpv()
    links = communes_of(quarters)
    if isinstance(answer, pd.DataFrame) and "lib_com" in answer.columns and answer.shape[1] > 2:
        return Verdict("tableau")
    given = _counts(answer)
    by_code = all(k[:2].isdigit() for k in given)
    expected = links["insee_com" if by_code else "lib_com"].value_counts().to_dict()
    mixed = next((k for k in given if "," in k), None)
    if mixed:
        return Verdict("non_separees", {"commune": mixed})
    if set(expected) - set(given):
        firsts = quarters["insee_com" if by_code else "lib_com"].str.split(",").str[0].value_counts().to_dict()
        return Verdict("premiere" if given == {k: float(v) for k, v in firsts.items()} else "manque")
    wrong = [k for k in given if not close(given[k], expected.get(k, 0), 1e-9)]
    if wrong:
        firsts = quarters["insee_com" if by_code else "lib_com"].str.split(",").str[0].value_counts()
        if all(close(given[k], float(firsts.get(k, 0)), 1e-9) for k in given):
            return Verdict("premiere")
        return Verdict("comptes", {"commune": wrong[0][:40]})
    return Verdict(RIGHT, {"total": len(links), "quartiers": plural(len(quarters), "quartier")})


def e13(_exercise: Exercise, answer: Any) -> Verdict:
    """Nombre de codes qui finissent par N, M, I (ou C)."""
    from datakit import communes_of, territory

    quarters = territory().qpv()
    codes = quarters["code_qp"]
    expected = codes.str[-1].value_counts().to_dict()
    given = {k.upper(): v for k, v in _counts(answer).items() if v != 0}
    if set(given) == {"Q"}:
        return Verdict("premiere_lettre")
    unknown = set(given) - set("NMIC")
    if unknown:
        raise UnreadableAnswer(f"je ne connais pas la lettre « {sorted(unknown)[0][:20]} » : il y a N, M, I et C.")
    if given == {k: float(v) for k, v in expected.items()}:
        shown = ", ".join(f"{expected.get(k, 0)} {k}" for k in "NMI")
        return Verdict(RIGHT, {"compte": shown})
    linked = communes_of(quarters)["code_qp"].str[-1].value_counts().to_dict()
    if linked != expected and given == {k: float(v) for k, v in linked.items()}:
        return Verdict("liens", {"quartiers": plural(len(codes), "quartier")})
    if not close(sum(given.values()), len(codes), 1e-9):
        return Verdict("total", {"quartiers": len(codes)})
    return Verdict("echange")


def e14(_exercise: Exercise, answer: Any) -> Verdict:
    """Le fichier piégé, ouvert proprement."""
    truth = _clean_trap()
    table = _table(answer)
    if table.index.name == "code_insee":
        table = table.reset_index()
    if table.shape[1] == 1:
        return Verdict("separateur")
    names = [str(c) for c in table.columns]
    if any("\ufeff" in c or "ï»¿" in c for c in names):
        return Verdict("bom")
    if len(table) != len(truth):
        return Verdict("lignes", {"lignes": len(truth)})
    missing = [c for c in truth.columns if c not in names]
    if missing:
        raise UnreadableAnswer(f"je ne trouve pas la colonne « {missing[0]} ».")
    if table["code_insee"].astype(str).tolist() != truth["code_insee"].tolist():
        return Verdict("zeros")
    for column, mistake in {"taux_pauvrete": "virgule", "population": "milliers"}.items():
        if table[column].dtype.kind not in "if":
            return Verdict(mistake)
        if not all(close(float(a), float(b), 1e-6) for a, b in zip(table[column], truth[column], strict=True)):
            return Verdict("valeurs", {"colonne": column})
    if table.shape[1] != truth.shape[1]:
        return Verdict("vides")
    return Verdict(RIGHT, {"lignes": len(truth), "colonnes": truth.shape[1]})


def _clean_trap() -> pd.DataFrame:
    from datakit.course.exercises.tables import exercise_file

    options: dict[str, Any] = {"sep": ";", "decimal": ",", "thousands": " ", "dtype": {"code_insee": str}}
    table: pd.DataFrame = pd.read_csv(exercise_file("piege"), encoding="utf-8-sig", **options)
    return table.dropna(axis=1, how="all")


def e15(_exercise: Exercise, answer: Any) -> Verdict:
    """Une jointure qui garde chaque quartier, une fois."""
    left, right = exercise_table("contours_homonymes"), exercise_table("allocataires_homonymes")
    table = _table(answer)
    table = table.set_index("code") if "code" in table.columns else table
    if "allocataires" not in table.columns:
        return Verdict("colonne")
    strangers = set(table.index) - set(left.index)
    if strangers and strangers <= set(right.index) and table.index.is_unique:
        return Verdict("externe", {"etranger": right.loc[min(strangers), "quartier"]})
    if len(table) > len(left):
        return Verdict("nom", {"lignes": len(table), "attendu": len(left)})
    if len(table) < len(left) or set(table.index) != set(left.index):
        return Verdict("perdues")
    expected = left.join(right[["allocataires"]])["allocataires"]
    got = pd.to_numeric(table["allocataires"], errors="coerce").reindex(expected.index)
    absent = expected.index[expected.isna()][0]
    if got[absent] == 0:
        return Verdict("zero")
    if not got.equals(expected.astype(got.dtype)):
        return Verdict("valeurs")
    stranger = next(c for c in right.index if c not in left.index)
    return Verdict(RIGHT, {"absent": left.loc[absent, "quartier"], "etranger": right.loc[stranger, "quartier"]})


def e16(_exercise: Exercise, answer: Any) -> Verdict:
    """Quatre silences, comptés à part."""
    column = exercise_table("cases_vides")["etablissements"]
    expected = {"vide": int(column.isna().sum())} | {
        k: int((column == v).sum()) for k, v in {"zero": "0", "s": "s", "nd": "nd"}.items()
    }
    given = as_mapping(answer, expected)
    missing = [k for k in expected if isinstance(given.get(k, Blank()), Blank)]
    if missing:
        raise UnreadableAnswer(f"il manque le compte « {missing[0]} ».")
    counts = {k: as_number(v) for k, v in given.items()}
    if counts["zero"] == 0:
        return Verdict("texte")
    silent = expected["vide"] + expected["s"] + expected["nd"]
    if counts["zero"] in (silent, silent + expected["zero"], expected["vide"] + expected["zero"]):
        return Verdict("zeros_inventes")
    if counts["vide"] in (silent, expected["vide"] + expected["s"]):
        return Verdict("tout_vide")
    wrong = next((k for k in expected if not close(counts[k], expected[k], 1e-9)), None)
    if wrong is None:
        return Verdict(RIGHT, {"compte": ", ".join(f"{v} {k}" for k, v in expected.items())})
    published = len(column) - silent - expected["zero"]
    return Verdict("publies" if close(counts[wrong], published, 1e-9) else "compte", {"sorte": wrong})


def e17(_exercise: Exercise, answer: Any) -> Verdict:
    """L'aire du premier quartier, dans la projection légale."""
    from datakit import territory
    from datakit.core.projections import legal_crs

    quarters = territory().qpv()
    first = quarters.iloc[[0]]
    crs = legal_crs(str(first["insee_dep"].iloc[0]))
    area = float(first.to_crs(crs).area.iloc[0]) / 1e6
    value = as_number(answer)
    if close(value, area, 0.01 * area):
        return Verdict(RIGHT, {"aire": number(value, 3, "km²")})
    guesses = {
        "mercator": [float(first.to_crs(3857).area.iloc[0]) / 1e6],
        "metres": [area * 1e6],
        "hectares": [area * 100],
        "total": [float(quarters.to_crs(crs).area.sum()) / 1e6],
        "degres": [float(first.to_crs(4326).set_crs(None, allow_override=True).area.iloc[0])],
    }
    name = next((n for n, vs in guesses.items() if any(close(value, v, 0.01 * abs(v)) for v in vs)), "loin")
    return Verdict(name)


def e18(_exercise: Exercise, answer: Any) -> Verdict:
    """Un écart entre deux sources, et sa raison."""
    census, fiscal = 3120, 2790
    values = as_list(answer, "un écart et une raison")
    if len(values) != 2 or any(isinstance(v, Blank) for v in values):
        raise UnreadableAnswer("j'attends deux choses : l'écart et sa raison.")
    gap = as_number(values[0])
    if close(gap, fiscal - census, 1e-6):
        return Verdict("signe")
    if any(close(gap, 100 * (census - fiscal) / base, 0.3) for base in (census, fiscal)):
        return Verdict("pourcentage")
    if not close(gap, census - fiscal, 1e-6):
        return Verdict("ecart")
    reason = choose(values[1], ["champ", "annee", "erreur"])
    if reason is None:
        raise UnreadableAnswer(
            f"pour la raison, choisissez champ, annee ou erreur (lu : « {normal(values[1])[:20]} »)."
        )
    return Verdict(RIGHT, {"ecart": number(gap)}) if reason == "champ" else Verdict(reason)

"""La note de deux pages à porter au conseil : la question de neuf heures, et ce qu'Orvanche y répond."""
# ruff: noqa: E501  (a note reads better in whole sentences)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core.french import number, plural
from datakit.core.reference import current
from datakit.course.typography import french

if TYPE_CHECKING:
    import pandas as pd

QUESTION = "Qui attend le bus avant six heures, et où ?"
_SIX = "06:00"
_FEWEST = 11  # a smaller count of people is not shown, nor the total that would give it back
_DEPARTURES = "Départs avant six heures, en bus"


def waiting() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Par quartier d'Orvanche : premier bus, montées, départs avant six heures ; et les personnes qui partent."""
    from datakit import load_microdata, load_qpv, locate

    stops, people = load_microdata("arrets"), load_microdata("individus")
    stops["quartier"] = locate(stops, load_qpv(current(), depot="ecole"), near_m=300)["code_qp"].to_numpy()
    table = stops.groupby("quartier").agg({"premier_bus": "min", "montees_avant_6h": "sum"})
    early = people[people["part_avant_6h"] & (people["trajet_travail"] == "transports en commun")]
    early = early.dropna(subset="code_qp_2024")
    table["departs"] = early.groupby("code_qp_2024", observed=True).size()
    return table, early


def note() -> tuple[str, Any]:
    """Le texte de la note, en Markdown, et sa carte."""
    from datakit import circles, load_microdata, load_qpv

    table, early = waiting()
    places = load_qpv(current(), depot="ecole").set_index("code_qp", drop=False)
    places[_DEPARTURES] = table["departs"].where(table["departs"] >= _FEWEST)
    places.attrs["labels"] = load_microdata("arrets").attrs["labels"]
    drawn = circles(places, _DEPARTURES, title=_DEPARTURES)
    late = table[table["premier_bus"] >= _SIX]
    women = number(100 * float((early["sexe"] == "F").mean()), 0)
    names = places["lib_qp"].where(
        ~places["lib_qp"].duplicated(keep=False), places["lib_qp"] + " (" + places["lib_com"] + ")"
    )
    rows = "\n".join(
        f"| {names[code]} | {row['premier_bus']} | {_said(row['montees_avant_6h'])} | {_said(places.loc[code, _DEPARTURES])} |"
        for code, row in table.sort_values("premier_bus", ascending=False).iterrows()
    )
    where = ", ".join(str(names[code]) for code in late.index)
    text = f"""# {QUESTION}

*Note au conseil, deux pages. Données fictives : Orvanche, territoire-école, un jour ouvré de 2021.*

## La réponse, en quatre lignes

- **Qui ?** Plus de {len(early) // 100 * 100} personnes des quartiers prioritaires, dont {women} % de femmes.
- **Où ?** D'abord là où le bus ne passe pas encore : {where}.
- **Combien y partent ?** {plural(int(late["departs"].sum()), "personne")} ; aucune montée ne les compte.
- **Pourquoi ne les voyait-on pas ?** Le fichier de l'opérateur compte l'usage. Zéro montée n'est pas zéro besoin.

## La décision proposée

Avancer une ligne, pour un essai de six mois, dans {plural(len(late), "quartier")}. Avant : compter à l'arrêt, deux matins. Après : compter de nouveau, et demander à celles et ceux qui partent. L'essai s'arrête si personne ne monte.

## Avec qui

L'opérateur de transport, un employeur de la zone, deux habitantes ou habitants concernés. Une convention d'un an, des totaux par arrêt, et un seuil : de 1 à 4 montées, la case reste vide.

## Ce qu'on ne sait pas

- Qui partirait si le bus passait : seule une question posée à l'arrêt le dira.
- Ce que fait le reste de la semaine : un seul jour est décrit.
- Pourquoi on part tôt : aucune table ne le dit.

## Le tableau

Sous onze personnes, une case reste vide, et le total n'est pas donné : sinon, une soustraction la retrouverait.

| Quartier | Premier bus | Montées avant six heures, au moins | {_DEPARTURES} |
|---|---|---|---|
{rows}

*Source : arrêts et habitants fictifs d'Orvanche. Millésime : 2021. Périmètre : quartiers de {current()}, et leurs arrêts à 300 mètres près. Champ : personnes qui vont au travail en transports en commun. Comparateur : les quartiers où le premier bus passe avant six heures.*
"""
    return french(text), drawn


def _said(value: Any) -> str:
    return "moins de 11" if value != value else number(float(value), 0)

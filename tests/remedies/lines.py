"""Les refus brefs (secret, figures, lieux) : comment tomber sur chacun, et ce que son remède fait écrire."""

from unittest.mock import patch

import numpy as np
import pandas as pd

import datakit as dk
from datakit import secrecy as s
from datakit.analysis.secrecy.recoding import recode
from datakit.analysis.secrecy.rules import Rule
from datakit.course.exercises import classroom
from datakit.sources.fetching.geocoding import geocode
from datakit.sources.reading.archives import open_member
from tests.remedies.calls import case
from tests.remedies.files import book
from tests.remedies.publications import GOOD, written
from tests.remedies.secrets import CROSS, LAYER, LONG, PEOPLE, POINTS, SMALL

LINKS = pd.DataFrame({"child": ["A", "B"], "parent": ["Ensemble"] * 2})
AGES = pd.DataFrame({"femmes": [30, 20], "hommes": [35, 15]}, index=["0 à 29 ans", "30 ans et plus"])
FLOW = pd.DataFrame({"effectif": [10.0, 5, 8]}, index=["restes", "partis", "arrives"])
PAIR = pd.DataFrame({"a": [1.0, 2, 3], "b": [2.0, 3, 4]}, index=["x", "y", "z"])
VOID = PAIR.assign(b=np.nan)
YEARS = pd.concat([LONG.assign(annee=a) for a in (2021, 2022, 2023)])

case(
    "un rôle de colonne inconnu",
    lambda t: dk.locate(pd.DataFrame({"X": [60000.0], "Y": [6600000.0]}), t.qpv, crs=2154, columns={"X": "abscisse"}),
    lambda t: dk.locate(pd.DataFrame({"X": [60000.0], "Y": [6600000.0]}), t.qpv, crs=2154, columns={"X": "x"}),
)

# --- le secret d'une table
case(
    "une table sans case",
    lambda t: s.check(LONG.iloc[:0], "fiscal"),
    lambda t: s.check(LONG, "fiscal"),
)
case(
    "deux colonnes du même nom dans une table longue",
    lambda t: s.check(LONG.assign(m=1).set_axis(["zone", "n", "n"], axis=1), "fiscal"),
    lambda t: s.check(LONG.assign(m=1), "fiscal", value="n"),
)
case(
    "un tableau en place d'un nom de colonne",
    lambda t: s.check(LONG, "fiscal", by="zone", value="n", count=LONG),
    lambda t: s.check(LONG, "fiscal", by="zone", value="n", count="n"),
)
case(
    "lignes et colonnes du même nom",
    lambda t: s.check(CROSS.rename_axis("zone").rename_axis("zone", axis=1), "fiscal"),
    lambda t: s.check(CROSS.rename_axis("zone").rename_axis("zone", axis=1).rename_axis(columns="autre"), "fiscal"),
)
case(
    "la même ligne deux fois",
    lambda t: s.check(CROSS.set_axis(["A", "A", "Ensemble"]), "fiscal"),
    lambda t: s.check(CROSS.set_axis(["A", "A", "Ensemble"]).groupby(level=0).sum(), "fiscal"),
)
case(
    "des années qui n'en sont pas",
    lambda t: s.check(
        YEARS.assign(annee=YEARS["annee"].map({2021: "avant", 2022: "pendant", 2023: "depuis"})),
        "delinquance",
        by=["zone", "annee"],
        value="n",
    ),
    lambda t: s.check(YEARS, "delinquance", by=["zone", "annee"], value="n"),
)
case(
    "un écart nul",
    lambda t: s.protect(SMALL, "fiscal", protection=0),
    lambda t: s.protect(SMALL, "fiscal", protection=11),
    lambda t: s.protect(SMALL, "fiscal"),
)
case(
    "un code vide dans la hiérarchie",
    lambda t: s.check(LONG, "fiscal", hierarchies={"zone": pd.DataFrame([*LINKS.to_dict("records"), {"child": None}])}),
    lambda t: s.check(LONG, "fiscal", hierarchies={"zone": LINKS}),
)
case(
    "une hiérarchie en boucle",
    lambda t: s.check(LONG, "fiscal", hierarchies={"zone": pd.DataFrame({"child": ["A", "B"], "parent": ["B", "A"]})}),
    lambda t: s.check(LONG, "fiscal", hierarchies={"zone": LINKS}),
)
case(
    "des totaux contradictoires",
    lambda t: s.attack(SMALL.assign(Ensemble=[43.0, 32, 200]).replace(3, np.nan)),
    lambda t: s.attack(SMALL.replace(3, np.nan)),
)
case(
    "deux valeurs d'une même case",
    lambda t: s.protect(LONG, "fiscal", by="zone", value="n", linked=[LONG.assign(n=[31, 20, 51])]),
    lambda t: s.protect(LONG, "fiscal", by="zone", value="n", linked=[LONG]),
    lambda t: s.protect(LONG, "fiscal", by="zone", value="n"),
)
case(
    "personne à protéger",
    lambda t: s.k_anonymity(PEOPLE.iloc[:0], "age"),
    lambda t: s.k_anonymity(PEOPLE, "age"),
)
case(
    "sensible et quasi-identifiant",
    lambda t: s.l_diversity(PEOPLE, ["age", "sexe"], "sexe"),
    lambda t: s.l_diversity(PEOPLE, ["age"], "sexe"),
)
case(
    "k nul",
    lambda t: s.generalise(PEOPLE, ["age"], 0, {"age": [10]}),
    lambda t: s.generalise(PEOPLE.iloc[[0] * 5], ["age"], 5, {"age": [10]}),
)
case(
    "une tranche de texte",
    lambda t: s.generalise(PEOPLE, ["sexe"], 2, {"sexe": [10]}),
    lambda t: s.generalise(PEOPLE, ["age"], 2, {"age": [10, 20]}),
    lambda t: s.generalise(PEOPLE, ["sexe"], 2, {"sexe": [{"f": "toutes", "h": "toutes"}]}),
)
case(
    "une valeur hors correspondance",
    lambda t: s.generalise(PEOPLE, ["sexe"], 3, {"sexe": [{"f": "toutes"}]}),
    lambda t: s.generalise(PEOPLE, ["sexe"], 3, {"sexe": [{"f": "toutes", "h": "toutes"}]}),
)
case(
    "une case à garder qui n'existe pas",
    lambda t: s.protect(LONG, "fiscal", keep=[{"zone": "Z"}]),
    lambda t: s.protect(LONG, "fiscal", keep=[{"zone": "Ensemble"}]),
)
case(
    "un coût d'une autre forme",
    lambda t: s.protect(SMALL, "fiscal", cost="prix"),
    lambda t: s.protect(SMALL, "fiscal", cost="cases"),
    lambda t: s.protect(SMALL, "fiscal", cost=SMALL),
)
case(
    "un coût sans colonne",
    lambda t: s.protect(LONG, "fiscal", by="zone", value="n", cost="prix"),
    lambda t: s.protect(LONG, "fiscal", by="zone", value="n", cost="cases"),
    lambda t: s.protect(LONG, "fiscal", by="zone", value="n", cost="n"),
)
case(
    "un coût négatif",
    lambda t: s.protect(LONG.assign(prix=-1.0), "fiscal", by="zone", value="n", cost="prix"),
    lambda t: s.protect(LONG.assign(prix=1.0), "fiscal", by="zone", value="n", cost="prix"),
    lambda t: s.protect(LONG.assign(prix=-1.0), "fiscal", by="zone", value="n", cost="cases"),
)
case(
    "une catégorie dans deux regroupements",
    lambda t: recode(LONG, "fiscal", "zone", groups={"C": ["A", "B"], "D": ["B"]}),
    lambda t: recode(LONG, "fiscal", "zone", groups={"C": ["A", "B"]}),
)
case("une dominance de 100", lambda t: Rule("r", dominance=100), lambda t: Rule("r", dominance=85))
case("un seuil nul", lambda t: Rule("r", minimum=0), lambda t: Rule("ma règle", minimum=5))
case(
    "une couche sans cette colonne",
    lambda t: s.differencing(LAYER, LAYER, POINTS, "fiscal", value="effectif"),
    lambda t: s.differencing(LAYER, LAYER, POINTS, "fiscal", value="n"),
)
case(
    "une unité sans effectif",
    lambda t: s.differencing(PEOPLE["iris"], PEOPLE["sexe"], pd.Series([20, -1, 20, 20]), "fiscal"),
    lambda t: s.differencing(PEOPLE["iris"], PEOPLE["sexe"], pd.Series([20, 1, 20, 20]), "fiscal"),
    lambda t: s.differencing(*(c.drop(1) for c in (PEOPLE["iris"], PEOPLE["sexe"], pd.Series([20] * 4))), "fiscal"),
)

# --- le secret d'un fichier
case(
    "un fichier sans ligne",
    lambda t: s.check_file(written(t, "sans_ligne.csv", "\n\n"), "fiscal"),
    lambda t: s.check_file(written(t, "sans_ligne.csv", GOOD), "fiscal"),
)
case(
    "un classeur sans tableau",
    lambda t: s.check_file(written(t, "sans_tableau.xlsx", book(("vide", []))), "fiscal"),
    lambda t: s.check_file(
        written(t, "sans_tableau.xlsx", book(("t", [["zone", "n"], ["A", 30], ["B", 20]]))), "fiscal"
    ),
)
case(
    "un fichier de texte seul",
    lambda t: s.check_file(written(t, "texte.csv", "Note de service\n"), "fiscal"),
    lambda t: s.check_file(written(t, "texte.csv", GOOD), "fiscal"),
)
case(
    "une hiérarchie sans fichier",
    lambda t: t.command("secrecy", "check", written(t, "h.csv", GOOD), "--hierarchy", "zone"),
    lambda t: t.command(
        *("secrecy", "check", written(t, "h.csv", GOOD), "--hierarchy"),
        f"zone={written(t, 'emboitement.csv', 'child;parent' + chr(10) + 'A;Ensemble' + chr(10) + 'B;Ensemble')}",
    ),
)
case(
    "une salle sans dossier",
    lambda t: t.command("room", t.folder / "sans_fiches"),
    lambda t: t.command("room", t.make("fiches_rassemblees")),
)

# --- les figures
case("tout manque", lambda t: dk.distribution(VOID, "b"), lambda t: dk.distribution(PAIR, "b"))
case("aucune paire", lambda t: dk.dumbbell(VOID, "b", "a"), lambda t: dk.dumbbell(PAIR, "b", "a"))
case("aucun nuage", lambda t: dk.scatter(VOID, "a", "b"), lambda t: dk.scatter(PAIR, "a", "b"))
case("aucune pente", lambda t: dk.slope(VOID, "a", "b"), lambda t: dk.slope(PAIR, "a", "b"))
case("un flux sans arrivées", lambda t: dk.flow(FLOW.iloc[:2]), lambda t: dk.flow(FLOW))
case("un flux négatif", lambda t: dk.flow(-FLOW), lambda t: dk.flow(FLOW))
case(
    "d'autres tranches d'âge",
    lambda t: dk.pyramid(AGES, comparator=AGES.iloc[::-1]),
    lambda t: dk.pyramid(AGES, comparator=AGES),
)
case("un âge négatif", lambda t: dk.pyramid(-AGES), lambda t: dk.pyramid(AGES))
case("personne d'aucun âge", lambda t: dk.pyramid(AGES * 0), lambda t: dk.pyramid(AGES))
case(
    "trop d'indicateurs",
    lambda t: dk.strips(PAIR, ["a"] * 30, highlight="x"),
    lambda t: dk.strips(PAIR, ["a", "b"], highlight="x"),
)
case(
    "des bandes vides",
    lambda t: dk.strips(VOID, ["b"], highlight="x"),
    lambda t: dk.strips(VOID, ["a"], highlight="x"),
)
case(
    "des bandes sans quartier",
    lambda t: dk.strips(t.revenus, ["part_pensions"], highlight=None),
    lambda t: dk.strips(t.revenus, ["part_pensions"], highlight="QN09602M"),
)
case(
    "une valeur infinie",
    lambda t: dk.bars(PAIR.assign(a=[1.0, 2, np.inf]), "a"),
    lambda t: dk.bars(PAIR.assign(a=[1.0, 2, np.inf]).replace([float("inf"), -float("inf")], float("nan")), "a"),
)
case("rien à dessiner", lambda t: dk.bars(PAIR.iloc[:0], "a"), lambda t: dk.bars(PAIR, "a"))
case(
    "des seuils à choisir",
    lambda t: dk.choropleth(t.joined, "taux_pauvrete", method="seuils"),
    lambda t: dk.choropleth(t.joined, "taux_pauvrete", method="seuils", breaks=[20, 30, 40]),
)
case(
    "des seuils en désordre",
    lambda t: dk.choropleth(t.joined, "taux_pauvrete", method="seuils", breaks=[40, 20]),
    lambda t: dk.choropleth(t.joined, "taux_pauvrete", method="seuils", breaks=[20, 30, 40]),
)

# --- lire et chercher
case(
    "aucune colonne d'adresse",
    lambda t: geocode(pd.DataFrame({"rue": ["1 rue du Port"]}), [], consent=True),
    lambda t: geocode(pd.DataFrame({"rue": ["1 rue du Port"]}).iloc[:0], ["rue"], consent=True),
)
case(
    "un membre sans archive",
    lambda t: open_member(written(t, "seul.csv", GOOD), "dedans.csv"),
    lambda t: open_member(written(t, "seul.csv", GOOD)).close(),
)

# --- un mauvais genre de valeur
case(
    "une projection qui contredit la couche",
    lambda t: dk.locate(t.points, t.qpv, crs=2154),
    lambda t: dk.locate(t.points, t.qpv),
    lambda t: dk.locate(t.points.to_crs(2154), t.qpv, crs=2154),
)
case(
    "une table en place d'un poids",
    lambda t: dk.aggregate(t.revenus, "taux_pauvrete", weight=t.population),
    lambda t: dk.aggregate(t.revenus, "taux_pauvrete", weight="menages_fiscaux"),
)
case(
    "columns en liste pour un thème",
    lambda t: dk.load_indicators("revenus", columns=["taux_pauvrete"]),
    lambda t: dk.load_indicators("revenus")[["taux_pauvrete"]],
)
case(
    "des IRIS à joindre",
    lambda t: dk.join(dk.load_iris(), pd.DataFrame({"n": [1.0]}, index=pd.Index(["960010101"], name="code_iris"))),
    lambda t: dk.load_iris().merge(
        pd.DataFrame({"n": [1.0]}, index=pd.Index(["960010101"], name="code_iris")),
        on="code_iris",
        validate="one_to_one",
    ),
)
case(
    "un chemin qui n'en est pas un",
    lambda t: dk.export_gis(t.qpv, None),
    lambda t: dk.export_gis(t.qpv, t.folder / "resultat.gpkg"),
)
case(
    "un chemin de Windows ailleurs",
    lambda t: dk.show(t.revenus, "Revenus").save("D:\\fiches\\fiche.xlsx"),
    lambda t: dk.show(t.revenus, "Revenus").save("fiche.xlsx"),
)
case(
    "une table en place de codes",
    lambda t: dk.load_qpv(2024, commune=t.qpv),
    lambda t: dk.load_qpv(2024, commune=t.qpv["insee_com"].dropna().str[:5]),
)
case(
    "un code vide parmi d'autres",
    lambda t: dk.load_qpv(2024, commune=["96001", None]),
    lambda t: dk.load_qpv(2024, commune=pd.Series(["96001", None]).dropna()),
    lambda t: dk.load_qpv(2024),
)
case(
    "une liste de sources",
    lambda t: dk.fetch(["anct-qpv-2024"]),
    lambda t: dk.source("anct-qpv-2024"),
)
case(
    "une table en place d'un fichier",
    lambda t: s.check_file(LONG, "fiscal"),
    lambda t: s.check(LONG, "fiscal"),
    lambda t: s.check_file(written(t, "tableau.csv", GOOD), "fiscal"),
)


def _hopeless(t):
    """A report that found no protection, as for tables that say one another."""
    report = s.check_file(written(t, "sans_issue.csv", GOOD), "fiscal")
    object.__setattr__(report, "problem", "aucune protection n'existe.")
    return report


case(
    "des tableaux qu'on ne peut pas protéger",
    lambda t: _hopeless(t).save(t.folder / "protege.csv"),
    lambda t: s.check_file(written(t, "regroupe.csv", "zone;effectif\nA ou B;50\n"), "fiscal").save(
        t.folder / "protege.csv"
    ),
)
case(
    "des cases trop peu nombreuses pour la valeur",
    lambda t: dk.bars(PAIR["a"], of=2),
    lambda t: dk.bars(PAIR["a"], of=3),
)


def _published(total):
    """A published cross table where one cell already exceeds a total of 3, through a margin that is hidden."""
    none = np.nan
    rows = {"a": [5.0, none, none], "b": [none] * 3, "Ensemble": [none, none, total]}
    return pd.DataFrame(rows, index=["x", "y", "Ensemble"]).rename_axis("zone").rename_axis("age", axis=1)


case(
    "un tableau publié dont les totaux se contredisent",
    lambda t: s.attack(_published(3.0)),
    lambda t: s.attack(_published(30.0)),
)
case(
    "un fichier de séparateurs",
    lambda t: s.check_file(written(t, "separateurs.csv", ";;;\n;;;\n"), "fiscal"),
    lambda t: s.check_file(written(t, "tableau_plein.csv", GOOD), "fiscal"),
)


def _handed(folder):
    """One's own card, in a room where only one mark can be drawn."""
    with patch.object(classroom, "_LETTERS", "B"):
        return classroom.hand_in(folder)


def _full(t):
    folder = t.make("salle-pleine")
    (folder / "avancement-BBBB.json").write_text("{}", encoding="utf-8")  # another person's
    return folder


case(
    "une salle sans repère libre",
    lambda t: _handed(_full(t)),
    lambda t: _handed(t.make("autre-salle")),
)

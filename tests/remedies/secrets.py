"""Le secret : comment tomber sur chaque refus, et ce que son remède fait faire."""

import geopandas as gpd
import pandas as pd
import shapely

import datakit as dk
from datakit import secrecy as s
from datakit.analysis.secrecy.recoding import recode
from datakit.analysis.secrecy.rules import Rule
from tests.remedies.calls import case

LONG = pd.DataFrame({"zone": ["A", "B", "Ensemble"], "n": [30, 20, 50]})
CROSS = pd.DataFrame({"f": [30, 20, 50], "h": [40, 12, 52], "Ensemble": [70, 32, 102]}, index=["A", "B", "Ensemble"])
SMALL = pd.DataFrame({"f": [3, 20, 23], "h": [40, 12, 52], "Ensemble": [43, 32, 75]}, index=["A", "B", "Ensemble"])
PEOPLE = pd.DataFrame({"age": [20, 21, 34, 35], "sexe": ["f", "h", "f", "h"], "iris": ["a", "b", "c", "d"]})
FIRMS = pd.DataFrame({"zone": ["A", "B", "Ensemble"], "ca": [100.0, 50, 150], "top": [40.0, 20, 40], "n": [9, 9, 18]})

case(
    "un texte dans une case",
    lambda t: s.check(LONG.assign(n=["x", 20, 50]), "fiscal", value="n"),
    lambda t: s.check(LONG.assign(n=[None, 20, 50]), "fiscal", value="n"),
    lambda t: s.check(LONG, "fiscal"),
)
case(
    "deux colonnes de nombres",
    lambda t: s.check(LONG.assign(m=1), "fiscal"),
    lambda t: s.check(LONG.assign(m=1), "fiscal", value="n", count="m"),
    lambda t: s.check(LONG.assign(m=1), "fiscal", value="n"),
)
case(
    "une série",
    lambda t: s.check(LONG.set_index("zone")["n"], "fiscal"),
    lambda t: s.check(LONG.set_index("zone")["n"].reset_index(name="effectif"), "fiscal"),
)
STOREYS = pd.concat({"2020": CROSS, "Ensemble": CROSS}, axis=1, names=["annee", "sexe"]).rename_axis("zone")
case(
    "des étages",
    lambda t: s.check(STOREYS, "fiscal"),
    lambda t: s.check(
        STOREYS.stack(list(range(STOREYS.columns.nlevels)), future_stack=True).reset_index(name="effectif"), "fiscal"
    ),
)
PEOPLED = pd.DataFrame({"zone": ["A"] * 70 + ["B"] * 32, "sexe": (["f"] * 30 + ["h"] * 40) + ["f"] * 20 + ["h"] * 12})
ALL = pd.crosstab(PEOPLED["zone"], PEOPLED["sexe"], margins=True)
case(
    "des marges de pandas",
    lambda t: s.check(ALL, "fiscal"),
    lambda t: s.check(pd.crosstab(PEOPLED["zone"], PEOPLED["sexe"], margins=True, margins_name="Ensemble"), "fiscal"),
    lambda t: s.check(ALL.rename(index={"All": "Ensemble"}, columns={"All": "Ensemble"}), "fiscal"),
)
case(
    "aucune catégorie",
    lambda t: s.check(LONG[["n"]], "fiscal", value="n"),
    lambda t: s.check(LONG, "fiscal", by=["zone"]),
)
case(
    "aucun nombre",
    lambda t: s.check(LONG.assign(n="x"), "fiscal", by="zone"),
    lambda t: s.check(LONG.assign(n="x"), "fiscal", by="zone", value="n"),
)
case(
    "la même case deux fois",
    lambda t: s.check(pd.concat([LONG, LONG]), "fiscal"),
    lambda t: s.check(LONG, "fiscal"),
    lambda t: s.check(pd.concat([LONG.assign(an="a"), LONG.assign(an="b")]), "fiscal", by=["zone", "an"]),
)
case(
    "des parts",
    lambda t: s.check(CROSS.assign(**{"Part (%)": [1.0, 2, 3]}), "fiscal"),
    lambda t: s.check(CROSS, "fiscal"),
)
case(
    "un autre croisement",
    lambda t: s.check(CROSS, "fiscal", count=CROSS.iloc[:2]),
    lambda t: s.check(CROSS, "fiscal", count=CROSS),
)
case(
    "une catégorie vide",
    lambda t: s.check(LONG.assign(zone=["A", None, "Ensemble"]), "fiscal"),
    lambda t: s.check(LONG, "fiscal"),
)
case(
    "un total qui s'écrit autrement",
    lambda t: s.check(LONG.replace("Ensemble", "Total"), "fiscal"),
    lambda t: s.check(
        LONG.replace("Ensemble", "Total").assign(zone=lambda d: d["zone"].replace("Total", "Ensemble")), "fiscal"
    ),
)
case(
    "sans les plus grandes",
    lambda t: s.check(FIRMS[["zone", "ca", "n"]], Rule("d", dominance=85), value="ca", count="n"),
    lambda t: s.check(FIRMS, "entreprises", value="ca", count="n", largest="top"),
)
case(
    "pas assez des plus grandes",
    lambda t: s.check(FIRMS, Rule("p", p_percent=10), value="ca", count="n", largest="top"),
    lambda t: s.check(
        FIRMS.assign(second=1.0), Rule("p", p_percent=10), value="ca", count="n", largest=["top", "second"]
    ),
)
case(
    "sans année",
    lambda t: s.check(LONG, "delinquance"),
    lambda t: s.check(
        pd.concat([LONG.assign(annee=a) for a in (2021, 2022, 2023)]), "delinquance", by=["zone", "annee"], value="n"
    ),
)
case(
    "une hiérarchie sans colonnes",
    lambda t: s.check(LONG, "fiscal", hierarchies={"zone": pd.DataFrame({"a": [1]})}),
    lambda t: s.check(
        LONG, "fiscal", hierarchies={"zone": pd.DataFrame({"child": ["A", "B"], "parent": ["Ensemble"] * 2})}
    ),
)
case(
    "un code hors hiérarchie",
    lambda t: s.check(LONG, "fiscal", hierarchies={"zone": pd.DataFrame({"child": ["A"], "parent": ["Ensemble"]})}),
    lambda t: s.check(
        LONG, "fiscal", hierarchies={"zone": pd.DataFrame({"child": ["A", "B"], "parent": ["Ensemble"] * 2})}
    ),
)
case(
    "k trop grand",
    lambda t: s.generalise(PEOPLE, ["age", "sexe"], 30, {"age": [10]}),
    lambda t: s.generalise(PEOPLE, ["age", "sexe"], 2, {"age": [10, None], "sexe": [None]}),
)
case(
    "sans quasi-identifiant",
    lambda t: s.k_anonymity(PEOPLE, []),
    lambda t: s.k_anonymity(PEOPLE, quasi=["age", "sexe"]),
)
case(
    "une case à montrer que la règle cache",
    lambda t: s.protect(SMALL, "fiscal", keep=[{"ligne": "A", "colonne": "f"}]),
    lambda t: s.protect(SMALL, "fiscal"),
)
case(
    "une table impossible à protéger",
    lambda t: s.protect(LONG.assign(n=[3, 47, 50]), "fiscal", keep=[{"zone": "Ensemble"}, {"zone": "B"}]),
    lambda t: s.protect(LONG.assign(n=[3, 47, 50]), "fiscal"),
)
case(
    "keep mal écrit",
    lambda t: s.protect(SMALL, "fiscal", keep=[{"zone": "A"}]),
    lambda t: s.protect(SMALL, "fiscal", keep=[{"ligne": "Ensemble"}]),
)
case(
    "regrouper des entreprises",
    lambda t: recode(FIRMS[["zone", "n"]], Rule("d", dominance=85), "zone", groups={"AB": ["A", "B"]}),
    lambda t: s.check(FIRMS.iloc[[2]].assign(zone="Ensemble"), "entreprises", value="ca", count="n", largest="top"),
)
case("retrouver personne", lambda t: s.reidentify(PEOPLE, {}), lambda t: s.reidentify(PEOPLE, known={"age": 34}))
case(
    "retrouver pour de vrai",
    lambda t: s.reidentify(t.real_people, {"age": 34}),
    lambda t: s.reidentify(dk.load_microdata("individus"), {"age": 34}),
    lambda t: s.uniqueness(t.real_people, ["age"]),
)
case("une règle sans seuil", lambda t: Rule("ma règle"), lambda t: Rule("ma règle", minimum=5))
case(
    "deux séries et une table",
    lambda t: s.differencing(PEOPLE["age"], PEOPLE["sexe"], PEOPLE, "fiscal"),
    lambda t: s.differencing(PEOPLE["iris"], PEOPLE["sexe"], pd.Series([20, 20, 20, 20]), "fiscal"),
)
case(
    "trois séries d'autres lignes",
    lambda t: s.differencing(PEOPLE["iris"], PEOPLE["sexe"], pd.Series([1.0], [9]), "fiscal"),
    lambda t: s.differencing(PEOPLE["iris"], PEOPLE["sexe"], pd.Series([20.0] * 4), "fiscal"),
)
case(
    "trois couches, deux projections",
    lambda t: s.differencing(LAYER, LAYER.to_crs(3857), POINTS, "fiscal", value="n"),
    lambda t: s.differencing(LAYER, LAYER.to_crs(3857).to_crs(2154), POINTS, "fiscal", value="n"),
)
case(
    "un tableau protégé en PDF",
    lambda t: _judged(t).save(t.folder / "p.pdf"),
    lambda t: _judged(t).save(t.folder / "p.xlsx"),
)
case("sans total", lambda t: s.check(LONG.iloc[:2], "fiscal"), lambda t: s.check(LONG, "fiscal"))
case("un total manque à une combinaison", lambda t: s.check(LONG2[:-1], "fiscal"), lambda t: s.check(LONG2, "fiscal"))
case("une marge fausse", lambda t: s.check(LONG.assign(n=[30, 20, 60]), "fiscal"), lambda t: s.check(LONG, "fiscal"))

LAYER = gpd.GeoDataFrame(
    {"zone": ["A", "B"]}, geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], crs=2154
)
POINTS = gpd.GeoDataFrame({"n": [50, 60]}, geometry=[shapely.Point(5, 5), shapely.Point(15, 5)], crs=2154)
_CELLS = [
    ("A", "f", 30),
    ("A", "h", 20),
    ("A", "Ensemble", 50),
    ("B", "f", 30),
    ("B", "h", 20),
    ("B", "Ensemble", 50),
    ("Ensemble", "f", 60),
    ("Ensemble", "h", 40),
    ("Ensemble", "Ensemble", 100),
]
LONG2 = pd.DataFrame(_CELLS, columns=["zone", "sexe", "n"])


def file_case(name, text, *mended, roles=None, suffix=".csv"):
    """A file that the secret refuses to judge; each mended text, or role, is what its remedy says."""

    def read(t, given, asked):
        path = t.folder / f"{abs(hash(name))}{suffix}"
        path.write_text(given, encoding="utf-8")
        return s.check_file(path, "fiscal", roles=asked)

    follow = [
        (lambda t, m=m: read(t, m, None)) if isinstance(m, str) else (lambda t, m=m: read(t, text, m)) for m in mended
    ]
    case(name, lambda t: read(t, text, roles), *follow)


GOOD = "zone;effectif\nA;30\nB;20\nEnsemble;50\n"
file_case("un rôle inconnu", GOOD, {"effectif": "effectif"}, roles={"effectif": "effectifs bruts"})
file_case("une case de fichier écrite deux fois", "zone;effectif\nA;30\nA;30\nEnsemble;60\n", GOOD)
file_case(
    "une erreur de tableur",
    "zone;effectif\nA;#REF!\nB;20\nEnsemble;50\n",
    GOOD,
    "zone;effectif\nA;\nB;20\nEnsemble;50\n",
)
file_case("un mot pour un chiffre", "zone;effectif\nA;beaucoup\nB;20\nEnsemble;50\n", GOOD, {"beaucoup": "masqué"})
file_case(
    "des milliers ou des millièmes",
    "zone;effectif\nA;1.234\nB;2.345\nEnsemble;3.579\n",
    "zone;effectif\nA;1 234\nB;2 345\nEnsemble;3 579\n",
    "zone;effectif\nA;1234\nB;2345\nEnsemble;3579\n",
)
file_case(
    "une colonne au rôle obscur",
    "zone;effectif;zzz\nA;30;1,5\nB;20;2,5\nEnsemble;50;1,9\n",
    {"zzz": "retirer"},
    {"zzz": "moyenne"},
)
file_case("pas d'effectifs", "zone;Part (%)\nA;60,0\nB;40,0\n", {"Part (%)": "effectif"}, GOOD)
file_case("pas d'en-tête", "A;30\nB;20\nEnsemble;50\n", GOOD)
file_case("pas de libellés", "effectif;autre\n30;31\n20;22\n50;53\n", GOOD)
file_case("une colonne de chiffres sans nom", "zone;\nA;30\nB;20\nEnsemble;50\n", GOOD)
file_case("une ligne sans libellé", "zone;effectif\nA;30\n;20\nEnsemble;50\n", GOOD, {"ligne 3": "note"})
file_case("ni CSV ni classeur", "{}", GOOD, suffix=".json")
file_case("un guillemet ouvert", 'zone;effectif\n"A;30\nB;20\n', GOOD)
file_case(
    "un sous-total qui n'en est pas un",
    "zone;effectif\nA;30\nB;20\nSous-total;77\nC;20\nEnsemble;70\n",
    "zone;effectif\nA;30\nB;20\nSous-total;50\nC;20\nEnsemble;70\n",
    {"Sous-total": "note"},
)
file_case(
    "deux lignes du même nom",
    "zone;f;h\nA;30;30\nA;20;20\nEnsemble;50;50\n",
    "zone;f;h\nA;30;30\nB;20;20\nEnsemble;50;50\n",
    {"ligne 3": "note"},
)


def _judged(t):
    (t.folder / "juge.csv").write_text(GOOD, encoding="utf-8")
    return s.check_file(t.folder / "juge.csv", "fiscal")

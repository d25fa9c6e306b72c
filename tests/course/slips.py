"""Cinq fautes plausibles par exercice, telles qu'une salle les fait : la réponse, et le nom de la faute attendue.

Un nom entre « = » désigne le choix fait sur une ligne. Un nom qui commence par « lu : » est un bout du message, quand la
réponse n'est pas lisible : il dit ce qui manque.
"""
# ruff: noqa: E501  (a table of answers: one slip per line reads better)

import numpy as np
import pandas as pd

from datakit import communes_of, exercise_file, exercise_table, interpolate, load_grid, load_qpv, study, territory
from datakit.course.sessions import truth
from tests.course.vectors import (
    ALT,
    CELLS,
    END,
    GAPS,
    LABELS,
    SHEET,
    STEPS,
    TITLES,
    TOP,
    _area,
    _cells,
    _e01,
    _gaps,
    _grid,
    _joined,
    _links,
    _moved,
    _rates,
    _trap,
    _weighted,
    _wilson,
    items,
    rate,
)


def picked(id, *slips):
    """Un mauvais choix par ligne : « 1=donnee »."""
    return [(items(id, **{f"k{slip.split('=')[0]}": slip.split("=")[1]}), slip) for slip in slips]


def _read(**options):
    return pd.read_csv(exercise_file("piege"), **options)


def _population(code):
    return study("population").loc[code, "population_municipale"]


def _neighbours():
    return study("population").index[:2]


def _simple(weights=None):
    return float(np.average(_rates(), weights=weights))


def _table(name):
    return exercise_table(name)


def _by_name():
    return _table("contours_homonymes").merge(_table("allocataires_homonymes"), on="quartier")


def _zone(method, rank):
    table = interpolate(load_grid(depot="ecole"), load_qpv(2024, depot="ecole"), "ind", method=method)
    row = table.drop(index=truth.cells().code).sort_values("ind").iloc[rank]
    return [row["ind"], 100 * row["share_imputed"]]


def _top(weights, count=3):
    return (_table("canicule") * weights).sum(axis=1).nlargest(count).index.tolist()


SLIPS = {
    "E01": lambda: [(_e01(code="96005"), "commune"), (_e01(code="Montjoie"), "nom"), (_e01(code=_e01()["code"].replace("N", "P", 1)), "inconnu"),
                    (_e01(population=_population(_neighbours()[1])), "autre_ligne"), (_e01(annee=2024), "annee")],
    "E02": lambda: [(territory().qpv(2024), "tout"), (load_qpv(2015, commune="96001"), "liste_2015"), ("96001", "pas_un_tableau"),
                    (load_qpv(2024, commune="96001").head(1), "incomplet"), (load_qpv(2024).tail(4), "plusieurs")],
    "E03": lambda: picked("E03", "2=donnee", "4=donnee", "5=indicateur", "6=indicateur", "1=indicateur"),
    "E04": lambda: [({"pauvres": "vrai"}, "incomplet"), (["vrai", "faux"], "lu : j'attends 5 réponses"), (items("E04", pauvres="oui"), "lu : n'est pas un des choix"),
                    ("faux", "lu : j'attends 5 réponses"), (items("E04", maille="je ne sais pas"), "lu : n'est pas un des choix")],
    "E05": lambda: [(40, "taux"), ("15 %", "part_population"), (62.96, "complement"), (100 * 12000 / 20400, "denominateur"), ("12 000", "effectif")],
    "E06": lambda: [(LABELS | {"millesime": "2015", "perimetre": "2018"}, "millesime_perimetre"), (LABELS | {"source": "le journal"}, "source"),
                    (LABELS | {"perimetre": "les quartiers prioritaires"}, "perimetre"), (LABELS | {"comparateur": "la France"}, "comparateur"), (LABELS | {"champ": ""}, "manque")],
    "E07": lambda: [([480, 492, "les deux"], "effectifs"), (["40 %", "31 %", "succès"], "sans_arrivees"), ([40, 44, "les deux"], "sans_sorties"),
                    ([40, 41, "échec"], "lecture"), ([43, 44, "les deux"], "lecon")],
    "E08": lambda: [(["inventaire", *[s for s in STEPS if s != "inventaire"]], "inventaire_avant_question"), ([*STEPS[:3], "collecte", "convention", *STEPS[5:]], "collecte_avant_convention"),
                    ([*STEPS[:5], "documentation", "restitution"], "documentation_avant_restitution"), (STEPS[:-1], "incomplet"), ([*STEPS[:6], "question"], "double")],
    "E09": lambda: picked("E09", "1=insee", "2=insee", "3=caf", "6=insee", "8=caf"),
    "E10": lambda: picked("E10", "2=convention", "3=ouvert", "4=non", "5=convention", "7=non"),
    "E11": lambda: [(["finalite", "duree", "donnees"], "trop:donnees"), (["finalite", "hebergement", "restitution"], "trop:hebergement"), (["propriete"], "trop:propriete"),
                    (["finalite", "duree"], "incomplet"), (["information", "duree", "restitution"], "trop:information")],
    "E12": lambda: [(_links(), "tableau"), (territory().qpv(2024)["lib_com"].value_counts(), "non_separees"), (territory().qpv(2024)["lib_com"].str.split(",").str[0].value_counts(), "premiere"),
                    (_links()["lib_com"].value_counts().head(5), "manque"), (len(_links()), "lu : un nombre en face de chaque étiquette")],
    "E13": lambda: [({"Q": 16}, "premiere_lettre"), (communes_of(territory().qpv(2024))["code_qp"].str[-1].value_counts(), "liens"), (load_qpv(2024)["code_qp"].str[2:4].value_counts(), "lu : je ne connais pas la lettre"),
                    (load_qpv(2024)["code_qp"].str[-1].value_counts().head(2), "total"), (dict(zip("NMI", [9, 4, 3], strict=True)), "echange")],
    "E14": lambda: [(_read(sep=","), "separateur"), (_read(sep=";", encoding="latin-1"), "bom"), (_trap().assign(code_insee=lambda t: t["code_insee"].str.lstrip("0")), "zeros"),
                    (_read(sep=";", thousands=" ", dtype={"code_insee": str}, encoding="utf-8-sig"), "virgule"), (_read(sep=";", decimal=",", thousands=" ", dtype={"code_insee": str}), "vides")],
    "E15": lambda: [(_by_name(), "nom"), (_joined().dropna(), "perdues"), (_joined().fillna(0), "zero"), (_table("contours_homonymes"), "colonne"),
                    (_table("contours_homonymes").join(_table("allocataires_homonymes")[["allocataires"]], how="outer"), "externe")],
    "E16": lambda: [(GAPS | {"zero": (_table("cases_vides")["etablissements"] == 0).sum()}, "texte"), (GAPS | {"zero": 8}, "zeros_inventes"), (GAPS | {"vide": 6}, "tout_vide"),
                    ({"vide": 2, "zero": 2, "s": 3}, "lu : il manque le compte"), ([2, 2, 3], "lu : j'attends 4 réponses")],
    "E17": lambda: [(territory().qpv(2024).geometry.iloc[0].area, "degres"), (f"{_area(3857):.3f}".replace(".", ","), "mercator"), (_area() * 1e6, "metres"), (_area() * 100, "hectares"),
                    (territory().qpv(2024).to_crs(2154).area / 1e6, "lu : une seule valeur")],
    "E18": lambda: [([-330, "champ"], "signe"), ([330, "année"], "annee"), ([330, "erreur"], "erreur"), (["10,6 %", "champ"], "pourcentage"), ([330], "lu : deux")],
    "E19": lambda: picked("E19", "2=anonyme", "5=anonyme", "6=indirecte", "8=anonyme", "7=indirecte"),
    "E20": lambda: [(TITLES | {1: ""}, "vide:1"), (TITLES | {2: "…"}, "vide:2"), (TITLES | {3: " "}, "vide:3"), ([TITLES[1]], "lu : j'attends 3 réponses"), (TITLES | {1: "?"}, "vide:1")],
    "E21": lambda: [(["B/moins_25"], "dix"), (["D/60_plus"], "sept"), (["B/moins_25", "D/60_plus", "D/moins_25"], "zero"), (["B/moins_25", "D/60_plus", "C/moins_25"], "onze"), ([7, 10], "lu : case")],
    "E22": lambda: [(89 - 64, "sans_60_plus"), (89 - 18, "sans_25_59"), (64 + 18, "somme"), (11, "seuil"), ("89", "total")],
    "E23": lambda: [(["B/moins_25"], "seule"), (["B/moins_25", "B/60_plus"], "ligne"), (["C/moins_25", "B/60_plus", "C/60_plus"], "primaire"), (CELLS[:3], "ligne"),
                    ([f"{r}/{c}" for r in "ABC" for c in ("moins_25", "25_59", "60_plus")], "tout")],
    "E24": lambda: [(dict.fromkeys(TOP, TOP["egal"]), "memes"), (TOP | {"social": TOP["urbain"], "urbain": TOP["social"]}, "echange"), (TOP | {"urbain": TOP["urbain"][::-1]}, "ordre"),
                    (TOP | {"egal": _table("canicule").sum(axis=1).nsmallest(3).index.tolist()}, "inverse"), (TOP | {"egal": TOP["egal"][:2]}, "lu : trois")],
    "E25": lambda: [([_table("habitants").groupby("age").size().max(), 20, 1], "k_sans_ilot"), ([1, 5, 1], "trop_fin"), ([1, 15, 1], "largeur"), ([1, 20, 4], "l_total"), ([1, 10, 2], "trop_fin")],
    "E26": lambda: [(["I1", "I2", "I4", "I6"], "zero"), (["I1", "I3", "I4", "I6"], "onze"), (["I1", "I4", "I5", "I6"], "grande"), (["I1", "I4"], "manque"), ([1, 10, 4], "lu : zone")],
    "E27": lambda: [({"carte": "A", "raison": "", "cache": "les écarts"}, "vide:raison"), ({"carte": "A", "raison": "les bornes", "cache": ""}, "vide:cache"), ({"carte": "", "raison": "x", "cache": "y"}, "vide:carte"),
                    (["B", "les bornes"], "lu : j'attends 3 réponses"), ("B", "lu : j'attends 3 réponses")],
    "E28": lambda: [(_gaps(lambda own, other: other - own), "signe"), (_gaps(lambda own, other: own / other), "rapport"), (_gaps(lambda own, other: 100 * (own / other - 1)), "pourcent"),
                    (_gaps(lambda own, other: other), "comparateur"), (_gaps(phrase=""), "phrase")],
    "E29": lambda: [(_simple(), "simple|simple_ou_mediane"), (float(_rates().median()), "mediane|simple_ou_mediane"), (float(_rates().sum()), "somme"), (_rates(), "lu : une seule valeur"),
                    (_weighted() / 100 * truth.rates(*truth.place())[1].sum(), "effectif")],
    "E30": lambda: [(_wilson(**{"4/10": (9.6, 70.4)}), "normale"), (_wilson(conclure="oui"), "conclure"), (_wilson(**{"40/100": _wilson()["40/100"][::-1]}), "inverse"),
                    (_wilson(**dict.fromkeys(("4/10", "40/100", "400/1000"), (rate(40, 100).low, rate(40, 100).high))), "meme_largeur"), (_wilson(**{"4/10": (1.7, 6.9)}), "effectifs")],
    "E31": lambda: [([158.4, 201.6, "precaution"], "un_cv"), ([168, 192, "precaution"], "points"), ([223.2, 136.8, "precaution"], "inverse"), ([136.8, 223.2, "publier"], "publier"), ([136.8, 223.2, "jeter"], "jeter")],
    "E32": lambda: [([len(_rates()) - _moved(), ALT], "stables"), ([0, ALT], "tous"), ([_moved(), ""], "alt"), ([len(_rates()), ALT], "tous"), (_moved(), "lu : en face de chaque étiquette")],
    "E33": lambda: [([truth.cells().mistakes["double_compte"], 2], "double_compte"), ([truth.cells().mistakes["centre"], 2], "centre"), (_zone("area", 0), "autre_quartier"), ([truth.cells().mistakes["total"], 1], "total"),
                    ([_cells()[0], truth.cells().share("area")], "part")],
    "E34": lambda: [(_grid() | {"lignes": _grid()["colonnes"], "colonnes": _grid()["lignes"]}, "echange"), (_grid() | {"colonnes": 4 * _grid()["colonnes"]}, "sommes"), (_grid() | {"blocs": [_grid()["blocs"][i] for i in (0, 2, 1, 3)]}, "ordre_blocs"),
                    (_grid() | {"blocs": _grid()["blocs"][:3]}, "lu : 4 nombres"), ({"blocs": _grid()["blocs"], "lignes": _grid()["lignes"]}, "lu : il manque")],
    "E35": lambda: [(SHEET | {"grille": ""}, "grille"), (SHEET | {"grille": "11"}, "grille"), (SHEET | {"risque": ""}, "manque"), (SHEET | {"etape": "…"}, "manque"), (SHEET | {"budget": 3}, "lu : je ne connais pas l'étiquette")],
    "E36": lambda: [(END | {"date": "bientôt"}, "date"), (END | {"date": "31 avril"}, "date"), (END | {"partenaire": ""}, "partenaire"), (END | {"limite": "?"}, "limite"), ({k: v for k, v in END.items() if k != "echec"}, "affirmations")],
}  # fmt: skip

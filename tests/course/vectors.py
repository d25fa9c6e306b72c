"""Des réponses justes sous plusieurs formes, et des erreurs nommées, pour chaque exercice."""
# ruff: noqa: E501  (a table of answers: one exercise per line reads better)

import math

import numpy as np
import pandas as pd

from datakit import aggregate, communes_of, exercise_file, exercise_table, load_qpv, study, territory
from datakit.course.sessions import truth


def items(exercise, **changes):
    """La bonne réponse d'un exercice à choix, avec des lignes changées."""
    from datakit.course.exercises.bank import exercise as find

    answer = {i["key"]: i["answer"][0] if isinstance(i["answer"], list) else i["answer"] for i in find(exercise).items}
    return answer | {int(k[1:]) if k[0] == "k" else k: v for k, v in changes.items()}


def _choices(exercise):
    good = items(exercise)
    return [good, list(good.values()), pd.Series(good), {str(k): v.upper() for k, v in good.items()}]


def _e01(**changes):
    table = study("population")
    row = table.iloc[0]
    good = {"code": row["code_qp"], "population": row["population_municipale"],
            "annee": table.attrs["years"]["population_municipale"]}  # fmt: skip
    return good | changes


def _one_commune():
    return load_qpv(2024, commune=territory().qpv(2024)["insee_com"].iloc[0].split(", ")[0])


def _two_communes():
    table = territory().qpv(2024)
    alone = table[~table["insee_com"].str.contains(",")]
    return alone.groupby("insee_com").head(1).head(2)


SHEET = {
    "question": "Qui attend le bus avant six heures ?",
    "decision": "avancer une ligne",
    "donnees": "montées par arrêt",
    "detenteurs": "opérateur, France Travail",
    "cadre": "convention",
    "livrable": "une carte",
    "etape": "appeler l'exploitant",
    "habitants": "conseil citoyen",
    "risque": "refus ; compter à la main",
    "grille": 8,
}
TITLES = {
    1: "La pauvreté dépasse celle de l'environnement urbain.",
    2: "De grands écarts entre quartiers prioritaires.",
    3: "Un jeune sur trois n'est ni en études ni en emploi.",
}
LABELS = {
    "source": "INSEE",
    "millesime": 2018,
    "perimetre": "QPV 2015",
    "champ": "ménages fiscaux",
    "comparateur": "environnement urbain",
}
END = items("E36") | {"limite": "une année ancienne", "partenaire": "la CAF", "date": "3 février"}
STEPS = ["question", "groupe", "inventaire", "convention", "collecte", "restitution", "documentation"]
CELLS = ["B/moins_25", "B/60_plus", "C/moins_25", "C/60_plus"]
TOP = {
    "egal": ["Le Sémaphore", "La Rade", "Le Phare"],
    "social": ["La Rade", "Le Sémaphore", "Le Chenal"],
    "urbain": ["Le Phare", "Le Sémaphore", "Les Ajoncs"],
}


def rate(count, total):
    import datakit

    return datakit.rate(count, total)


def _wilson(**changes):
    pairs = {
        k: (rate(*map(int, k.split("/"))).low, rate(*map(int, k.split("/"))).high)
        for k in ("4/10", "40/100", "400/1000")
    }
    return pairs | {"conclure": "non"} | changes


def _normal(count, total):
    p = count / total
    half = 196 * math.sqrt(p * (1 - p) / total)
    return (100 * p - half, 100 * p + half)


def _grid():
    g = exercise_table("grille")
    blocks = [g.iloc[i : i + 2, j : j + 2].to_numpy().mean() for i in (0, 2) for j in (0, 2)]
    return {"blocs": blocks, "lignes": g.mean(axis=1), "colonnes": g.mean(axis=0)}


GAPS = {"vide": 2, "zero": 2, "s": 3, "nd": 1}
SENTENCE = "à côté de son environnement urbain"
ALT = "Carte du taux de pauvreté de 17 quartiers, en quatre classes, de 39,8 % à 55,2 %."


def _gaps(turn=lambda own, other: own - other, **changes):
    rates = truth.comparison(*truth.place())
    gaps = {k: turn(rates["quartier"], rates[k]) for k in truth.COMPARATORS}
    return gaps | {"phrase": SENTENCE} | changes


def _rates():
    return truth.rates(*truth.place())[0]


def _moved(k=4):
    return truth.moved(*truth.place())[0][k]


def _cells(method="area"):
    found = truth.cells()
    return [found.people(method), 100 * found.share(method)]


def _not_cells(name):
    return [truth.cells().mistakes[name], 1]


def _other_zone():
    table = truth.cells().estimates["area"]
    return [float(table["ind"].drop(truth.cells().code).iloc[0]), 0]


def _links():
    return communes_of(territory().qpv(2024))


def _first_communes():
    return territory().qpv(2024)["lib_com"].str.split(",").str[0].value_counts()


def _letters():
    return territory().qpv(2024)["code_qp"].str[-1].value_counts()


def _trap():
    options = {"sep": ";", "decimal": ",", "thousands": " ", "dtype": {"code_insee": str}, "encoding": "utf-8-sig"}
    return pd.read_csv(exercise_file("piege"), **options).dropna(axis=1, how="all")


def _joined():
    return exercise_table("contours_homonymes").join(exercise_table("allocataires_homonymes")[["allocataires"]])


def _area(crs=2154):
    return float(territory().qpv(2024).iloc[[0]].to_crs(crs).area.iloc[0]) / 1e6


def _weighted():
    rates, people, _ = truth.rates(*truth.place())
    return truth.weighted(rates, people)


RIGHT = {
    "E01": lambda: [_e01(), pd.Series(_e01()), list(_e01().values()), _e01(code=_e01()["code"].lower())],
    "E02": lambda: [_one_commune(), _one_commune().drop(columns="geometry")],
    "E03": lambda: _choices("E03"),
    "E04": lambda: _choices("E04"),
    "E05": lambda: [37.0, "37,0 %", 0.37, pd.Series([37.0]), pd.DataFrame({"part": [37.04]}), np.float64(37)],
    "E06": lambda: [LABELS, pd.Series(LABELS), list(LABELS.values()), LABELS | {"millesime": "revenus de 2018"}],
    "E07": lambda: [[40.0, 41.0, "les deux"], ["40 %", "41 %", "Les deux"], (0.40, 0.41, "les deux"),
                    {"avant": 40, "apres": 41, "lecture": "les deux"}],
    "E08": lambda: [STEPS, tuple(STEPS), " > ".join(STEPS), pd.Series(STEPS)],
    "E09": lambda: [*_choices("E09"), items("E09", k7="collectivite", k8="association")],
    "E10": lambda: _choices("E10"),
    "E11": lambda: [["finalite", "duree", "restitution"], {"restitution", "durée", "finalité"}, "finalite, duree, restitution"],
    "E12": lambda: [_links()["lib_com"].value_counts(), _links()["insee_com"].value_counts().to_dict(),
                    _links().groupby("lib_com").size().reset_index()],
    "E13": lambda: [_letters(), _letters().to_dict(), {k.lower(): v for k, v in _letters().items()}],
    "E14": lambda: [_trap(), _trap().set_index("code_insee"), _trap().astype({"population": float})],
    "E15": lambda: [_joined(), _joined().reset_index(), _joined().sample(frac=1, random_state=1)],
    "E16": lambda: [GAPS, list(GAPS.values()), pd.Series(GAPS)],
    "E17": lambda: [_area(), f"{_area():.6f} km²".replace(".", ","), pd.Series([_area()])],
    "E18": lambda: [[330, "champ"], ("330 personnes", "Champ")],
    "E28": lambda: [_gaps(), pd.Series(_gaps()), _gaps() | {"commune": f"{_gaps()['commune']:.1f} points".replace(".", ",")}],
    "E29": lambda: [_weighted(), f"{_weighted():.1f} %".replace(".", ","), _weighted() / 100,
                    aggregate(study("revenus"), "taux_pauvrete", "personnes_menages_fiscaux")],
    "E32": lambda: [{"changent": _moved(), "alt": ALT}, [str(_moved()), ALT], pd.Series({"changent": _moved(), "alt": ALT})],
    "E33": lambda: [_cells(), _cells("population"), [f"{_cells()[0]:.0f} habitants", f"{_cells()[1]:.2f} %".replace(".", ",")]],
    "E19": lambda: _choices("E19"),
    "E20": lambda: [TITLES, list(TITLES.values())],
    "E21": lambda: [["B/moins_25", "D/60_plus"], [("D", "60_plus"), ("B", "moins_25")], "B/moins_25, D/60_plus"],
    "E22": lambda: [7, "7", 7.0, np.int64(7), pd.Series([7])],
    "E23": lambda: [CELLS, set(CELLS), ["B/moins_25", "B/25_59", "A/moins_25", "A/25_59"]],
    "E24": lambda: [TOP, pd.DataFrame(TOP).to_dict("list"), {k: pd.Series([9, 8, 7], index=v) for k, v in TOP.items()}],
    "E25": lambda: [{"k_depart": 1, "largeur": 20, "l": 1}, [1, 30, 3], pd.Series({"k_depart": 1, "largeur": 20, "l": 1})],
    "E26": lambda: [["I1", "I4", "I6"], {"I6", "I1", "I4"}, "I1 ; I4 ; I6", exercise_table("deux_zonages").loc[["I1", "I4", "I6"]]],
    "E27": lambda: [{"carte": "B", "raison": "les bornes sont rondes", "cache": "les écarts internes"},
                    ["carte C", "elle suit les données", "les petits écarts"]],
    "E30": lambda: [_wilson(), {"4/10": rate(4, 10), "40/100": rate(40, 100), "400/1000": rate(400, 1000), "conclure": "Non"}],
    "E31": lambda: [[136.8, 223.2, "precaution"], ["136,8", "223,2", "à manier avec précaution"], [(137, 223), "precaution"]],
    "E34": lambda: [_grid(), {k: list(v) for k, v in _grid().items()}, list(_grid().values())],
    "E35": lambda: [SHEET, pd.Series(SHEET), SHEET | {"detenteurs": ["CAF", "bailleur"], "grille": "7 sur 10"}, SHEET | {"grille": "7/10"}],
    "E36": lambda: [END, pd.Series(END), END | {"date": "03/02"}, END | {"date": "le 29 février"}],
}  # fmt: skip

# a slip that Orvanche cannot show: there, the mean of the rates is not their median
ELSEWHERE = {"E29": {"simple_ou_mediane"}}

WRONG = {
    "E01": lambda: {"commune": _e01(code="96001"), "nom": _e01(code=str(study("population")["lib_qp"].iloc[0])),
                    "inconnu": _e01(code="QN09699I"), "autre_ligne": _e01(population=1), "annee": _e01(annee=2026),
                    "manque": _e01(annee=None)},
    "E02": lambda: {"tout": territory().qpv(2024), "vide": _one_commune().iloc[:0], "plusieurs": _two_communes(),
                    "pas_un_tableau": "96001", "liste_2015": load_qpv(2015, commune="96005"), "incomplet": _one_commune().iloc[1:]},
    "E03": lambda: {"1=indicateur": items("E03", k1="indicateur"), "2=donnee": items("E03", k2="donnee"),
                    "3=indicateur": items("E03", k3="indicateur"), "4=question": items("E03", k4="question")},
    "E05": lambda: {"taux": 40, "part_population": 15, "complement": 63, "denominateur": 58.8, "rapport_des_taux": 3.33,
                    "effectif": 12000, "lecon": 25, "loin": 80},
    "E06": lambda: {"manque": LABELS | {"champ": ""}, "millesime_perimetre": LABELS | {"millesime": 2015, "perimetre": "QPV 2018"},
                    "source": LABELS | {"source": "un journal"}, "millesime": LABELS | {"millesime": 2020},
                    "perimetre": LABELS | {"perimetre": "les QPV"}, "champ": LABELS | {"champ": "la France"},
                    "comparateur": LABELS | {"comparateur": "le pays"}},
    "E07": lambda: {"sans_arrivees": [40, 31, "les deux"], "sans_departs": [40, 47, "les deux"], "sans_sorties": [40, 44, "les deux"],
                    "lecture": [40, 41, "echec"], "avant": [48, 41, "les deux"], "apres": [40, 45, "les deux"],
                    "effectifs": [480, 492, "les deux"], "lecon": [43, 44, "les deux"]},
    "E08": lambda: {"collecte_avant_convention": [*STEPS[:3], "collecte", "convention", *STEPS[5:]],
                    "inventaire_avant_question": ["inventaire", "question", "groupe", *STEPS[3:]],
                    "restitution_avant_collecte": [*STEPS[:4], "restitution", "collecte", "documentation"],
                    "convention_avant_inventaire": ["question", "groupe", "convention", "inventaire", *STEPS[4:]],
                    "documentation_avant_restitution": [*STEPS[:5], "documentation", "restitution"],
                    "debut": ["groupe", *[s for s in STEPS if s != "groupe"]], "double": ["question", "question"],
                    "incomplet": STEPS[:6]},
    "E09": lambda: {"1=insee": items("E09", k1="insee"), "2=operateur": items("E09", k2="operateur"),
                    "3=caf": items("E09", k3="caf"), "4=caf": items("E09", k4="caf"), "6=bailleur": items("E09", k6="bailleur")},
    "E10": lambda: {"1=convention": items("E10", k1="convention"), "5=convention": items("E10", k5="convention"),
                    "7=ouvert": items("E10", k7="ouvert"), "8=convention": items("E10", k8="convention")},
    "E11": lambda: {"trop:donnees": ["finalite", "duree", "donnees"], "trop:hebergement": ["hebergement"],
                    "trop:information": ["information"], "trop:propriete": ["finalite", "propriete"], "incomplet": ["finalite"]},
    "E12": lambda: {"tableau": _links(), "non_separees": territory().qpv(2024)["lib_com"].value_counts(), "premiere": _first_communes(),
                    "manque": _links()["lib_com"].value_counts().iloc[:-1], "comptes": _links()["lib_com"].value_counts() + 1},
    "E13": lambda: {"liens": _links()["code_qp"].str[-1].value_counts(), "premiere_lettre": {"Q": len(territory().qpv(2024))}, "total": _letters() + 1,
                    "echange": dict(zip(_letters().index, [*_letters().tolist()[1:], _letters().tolist()[0]], strict=True))},
    "E14": lambda: {"separateur": pd.DataFrame({"tout": _trap()["quartier"]}), "bom": _trap().rename(columns=lambda c: "\ufeff" + c),
                    "zeros": _trap().assign(code_insee=lambda t: t["code_insee"].str.lstrip("0")),
                    "virgule": _trap().astype({"taux_pauvrete": str}), "milliers": _trap().astype({"population": str}),
                    "vides": _trap().assign(vide=np.nan), "lignes": _trap().iloc[1:], "valeurs": _trap().assign(population=1)},
    "E15": lambda: {"externe": exercise_table("contours_homonymes").join(exercise_table("allocataires_homonymes")[["allocataires"]], how="outer"), "nom": pd.concat([_joined(), _joined().iloc[:2]]), "perdues": _joined().dropna(), "zero": _joined().fillna(0),
                    "colonne": _joined()[["quartier"]], "valeurs": _joined().assign(allocataires=[655, 410, 320, 505, np.nan])},
    "E16": lambda: {"texte": GAPS | {"zero": 0}, "zeros_inventes": GAPS | {"zero": 8}, "tout_vide": GAPS | {"vide": 6}, "publies": GAPS | {"s": 4},
                    "compte": GAPS | {"nd": 2}},
    "E17": lambda: {"degres": territory().qpv(2024).geometry.iloc[0].area, "mercator": _area(3857), "metres": _area() * 1e6, "hectares": _area() * 100,
                    "total": float(territory().qpv(2024).to_crs(2154).area.sum()) / 1e6, "loin": 77_777},
    "E18": lambda: {"signe": [-330, "champ"], "pourcentage": [10.6, "champ"], "annee": [330, "annee"], "erreur": [330, "erreur"],
                    "ecart": [300, "champ"]},
    "E28": lambda: {"signe": _gaps(lambda own, other: other - own), "rapport": _gaps(lambda own, other: own / other),
                    "pourcent": _gaps(lambda own, other: 100 * (own - other) / other), "comparateur": _gaps(lambda _, other: other),
                    "ecart": _gaps(commune=1.0), "phrase": _gaps(phrase="  ")},
    "E29": lambda: {"simple": _rates().mean() - 0.04, "mediane": _rates().median() + 0.04, "somme": _rates().sum(),
                    "effectif": _weighted() * truth.rates(*truth.place())[1].sum() / 100, "loin": 20},
    "E32": lambda: {"stables": [len(_rates()) - _moved(), ALT], "autre_k": [next(n for n in (_moved(5), _moved(3)) if n != _moved()), ALT], "tous": [len(_rates()), ALT],
                    "loin": [11.5, ALT], "alt": [_moved(), " … "]},
    "E33": lambda: {"double_compte": _not_cells("double_compte"), "seuls_entiers": _not_cells("seuls_entiers"),
                    "centre": _not_cells("centre"), "total": _not_cells("total"), "autre_quartier": _other_zone(),
                    "part": [_cells()[0], 12], "population": [77, 4]},
    "E19": lambda: {"2=anonyme": items("E19", k2="anonyme"), "5=anonyme": items("E19", k5="anonyme"),
                    "8=directe": items("E19", k8="directe"), "3=indirecte": items("E19", k3="indirecte")},
    "E20": lambda: {"vide:1": TITLES | {1: ""}, "vide:2": TITLES | {2: " … "}, "vide:3": TITLES | {3: "?"}},
    "E21": lambda: {"onze": ["B/moins_25", "D/60_plus", "C/moins_25"], "zero": ["B/moins_25", "D/60_plus", "D/moins_25"],
                    "dix": ["B/moins_25"], "sept": ["D/60_plus"], "trop": ["B/moins_25", "D/60_plus", "A/60_plus"]},
    "E22": lambda: {"sans_60_plus": 25, "sans_25_59": 71, "somme": 82, "total": 89, "seuil": 10, "colonne": 29, "loin": 9},
    "E23": lambda: {"primaire": CELLS[1:], "ligne": CELLS[:3], "seule": CELLS[:1],
                    "tout": [f"{r}/{c}" for r in "ABC" for c in ("moins_25", "25_59", "60_plus")]},
    "E24": lambda: {"echange": {"egal": TOP["egal"], "social": TOP["urbain"], "urbain": TOP["social"]},
                    "memes": dict.fromkeys(TOP, TOP["egal"]), "ordre": TOP | {"egal": TOP["egal"][::-1]},
                    "scenario": TOP | {"social": ["La Rade", "Le Sémaphore", "Le Môle"]}, "inverse": TOP | {"egal": _lowest()}},
    "E25": lambda: {"k": [3, 20, 1], "k_sans_ilot": [_by_age(), 20, 1], "trop_fin": [1, 10, 1], "largeur": [1, 15, 1],
                    "l": [1, 20, 2], "l_total": [1, 20, 4]},
    "E26": lambda: {"zero": ["I1", "I2"], "onze": ["I1", "I3"], "grande": ["I5"], "manque": ["I1", "I4"]},
    "E27": lambda: {"vide:carte": ["", "les bornes", "les écarts"], "vide:raison": ["A", "", "les écarts internes"],
                    "vide:cache": ["A", "les bornes", " "]},
    "E30": lambda: {"normale": _wilson(**{"4/10": _normal(4, 10)}), "inverse": _wilson(**{"40/100": _wilson()["40/100"][::-1]}),
                    "meme_largeur": _wilson(**dict.fromkeys(("4/10", "40/100", "400/1000"), (16.8, 68.7))),
                    "effectifs": _wilson(**{"400/1000": tuple(10 * v for v in _wilson()["400/1000"])}),
                    "bornes": _wilson(**{"4/10": (30, 50)}), "conclure": _wilson(conclure="oui")},
    "E31": lambda: {"un_cv": [158.4, 201.6, "precaution"], "points": [156, 204, "precaution"],
                    "inverse": [223.2, 136.8, "precaution"], "bornes": [100, 260, "precaution"],
                    "publier": [136.8, 223.2, "publier"], "jeter": [136.8, 223.2, "jeter"]},
    "E34": lambda: {"echange": _grid() | {"lignes": _grid()["colonnes"], "colonnes": _grid()["lignes"]},
                    "sommes": _grid() | {"lignes": _grid()["lignes"] * 4}, "ordre_blocs": _grid() | {"blocs": _grid()["blocs"][::-1]},
                    "blocs": _grid() | {"blocs": [1, 2, 3, 4]}, "lignes": _grid() | {"lignes": [1, 2, 3, 4]},
                    "colonnes": _grid() | {"colonnes": [1, 2, 3, 4]}},
    "E35": lambda: {"grille": SHEET | {"grille": 12}, "manque": SHEET | {"cadre": ""}},
    "E36": lambda: {"limite": END | {"limite": ""}, "partenaire": END | {"partenaire": " "}, "date": END | {"date": "30 février"},
                    "affirmations": {k: v for k, v in END.items() if k != "maille"}},
}  # fmt: skip


def _lowest():
    return exercise_table("canicule").sum(axis=1).nsmallest(3).index.tolist()


def _by_age():
    return int(exercise_table("habitants").groupby("age").size().max())


# what a message of failure must never give away
SECRETS = {
    "E05": ["37,0", "37.0"],
    "E07": ["41"],
    "E22": [" 7", "7,"],
    "E25": [],
    "E30": ["16,8", "68,7"],
    "E31": ["136", "223"],
}

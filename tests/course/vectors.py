"""Des réponses justes sous plusieurs formes, et des erreurs nommées, pour chaque exercice."""
# ruff: noqa: E501  (a table of answers: one exercise per line reads better)

import math

import numpy as np
import pandas as pd

from datakit import exercise_table, load_qpv, study, territory


def items(exercise, **changes):
    """La bonne réponse d'un exercice à choix, avec des lignes changées."""
    from datakit.course.bank import exercise as find

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


RIGHT = {
    "E01": lambda: [_e01(), pd.Series(_e01()), list(_e01().values()), _e01(code=_e01()["code"].lower())],
    "E02": lambda: [_one_commune(), _one_commune().drop(columns="geometry")],
    "E03": lambda: _choices("E03"),
    "E04": lambda: _choices("E04"),
    "E05": lambda: [24.2, "24,2 %", 0.242, pd.Series([24.2]), pd.DataFrame({"part": [24.2]}), np.float64(24.19)],
    "E06": lambda: [LABELS, pd.Series(LABELS), list(LABELS.values()), LABELS | {"millesime": "revenus de 2018"}],
    "E07": lambda: [[43.0, 44.0, "les deux"], ["43 %", "44 %", "Les deux"], (0.43, 0.44, "les deux"),
                    {"avant": 43, "apres": 44, "lecture": "les deux"}],
    "E08": lambda: [STEPS, tuple(STEPS), " > ".join(STEPS), pd.Series(STEPS)],
    "E09": lambda: [*_choices("E09"), items("E09", k7="collectivite", k8="association")],
    "E10": lambda: _choices("E10"),
    "E11": lambda: [["finalite", "duree", "restitution"], {"restitution", "durée", "finalité"}, "finalite, duree, restitution"],
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
    "E35": lambda: [SHEET, pd.Series(SHEET), SHEET | {"detenteurs": ["CAF", "bailleur"], "grille": ["8", "sur", "10"][0]}],
    "E36": lambda: [END, pd.Series(END), END | {"date": "03/02"}],
}  # fmt: skip

WRONG = {
    "E01": lambda: {"commune": _e01(code="96001"), "nom": _e01(code=str(study("population")["lib_qp"].iloc[0])),
                    "inconnu": _e01(code="QN09699I"), "autre_ligne": _e01(population=1), "annee": _e01(annee=2026),
                    "manque": _e01(annee=None)},
    "E02": lambda: {"tout": territory().qpv(2024), "vide": _one_commune().iloc[:0], "plusieurs": _two_communes(),
                    "pas_un_tableau": "96001", "incomplet": _one_commune().iloc[1:]},
    "E03": lambda: {"1=indicateur": items("E03", k1="indicateur"), "2=donnee": items("E03", k2="donnee"),
                    "3=indicateur": items("E03", k3="indicateur"), "4=question": items("E03", k4="question")},
    "E05": lambda: {"taux": 43.6, "part_population": 8, "complement": 75.8, "denominateur": 31.9, "rapport_des_taux": 3.63,
                    "effectif": 2.35, "loin": 55},
    "E06": lambda: {"manque": LABELS | {"champ": ""}, "millesime_perimetre": LABELS | {"millesime": 2015, "perimetre": "QPV 2018"},
                    "source": LABELS | {"source": "un journal"}, "millesime": LABELS | {"millesime": 2020},
                    "perimetre": LABELS | {"perimetre": "les QPV"}, "champ": LABELS | {"champ": "la France"},
                    "comparateur": LABELS | {"comparateur": "le pays"}},
    "E07": lambda: {"sans_arrivees": [43, 33, "les deux"], "sans_departs": [43, 50, "les deux"], "sans_sorties": [43, 48, "les deux"],
                    "lecture": [43, 44, "echec"], "avant": [40, 44, "les deux"], "apres": [43, 45, "les deux"],
                    "effectifs": [430, 440, "les deux"]},
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
    "E19": lambda: {"2=anonyme": items("E19", k2="anonyme"), "5=anonyme": items("E19", k5="anonyme"),
                    "8=personnelle": items("E19", k8="personnelle"), "3=pseudonymisee": items("E19", k3="pseudonymisee")},
    "E20": lambda: {"vide:1": TITLES | {1: "oui"}, "mot:pire": TITLES | {2: "Le pire des quartiers, encore une fois"},
                    "mot:quartiers sensibles": TITLES | {1: "Les quartiers sensibles et la pauvreté"},
                    "mot:ne fait rien": TITLES | {3: "Un jeune sur trois ne fait rien de ses journées"}},
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
    "E27": lambda: {"vide:carte": ["", "les bornes sont rondes", "les écarts"], "vide:raison": ["A", "", "les écarts internes"],
                    "vide:cache": ["A", "les bornes sont rondes", "non"]},
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
    "E35": lambda: {"interrogation": SHEET | {"question": "Un tableau de bord."}, "partenaire_seul": SHEET | {"detenteurs": "CAF"},
                    "habitants": SHEET | {"habitants": "aucun"}, "grille": SHEET | {"grille": 12}, "manque": SHEET | {"cadre": ""}},
    "E36": lambda: {"limite": END | {"limite": ""}, "partenaire": END | {"partenaire": " "}, "date": END | {"date": "bientôt"},
                    "affirmations": {k: v for k, v in END.items() if k != "maille"}},
}  # fmt: skip


def _lowest():
    return exercise_table("canicule").sum(axis=1).nsmallest(3).index.tolist()


def _by_age():
    return int(exercise_table("habitants").groupby("age").size().max())


# what a message of failure must never give away
SECRETS = {
    "E05": ["24,2", "24.2"],
    "E07": ["44"],
    "E22": [" 7", "7,"],
    "E25": [],
    "E30": ["16,8", "68,7"],
    "E31": ["136", "223"],
}

# %% [markdown] id="titre"
# # Exercices de la séance 4 · Publier sans nuire
#
# Huit exercices, du stylo au calcul. Tous les habitants de ces tableaux sont inventés. On recommence autant de fois qu'on veut ; rien n'est noté.
# [Retour à la séance 4](../notebooks/04_ethique.ipynb)

# %% id="outils"
from datakit.course.tools import *
from datakit import exercise_table, show

ages = {"moins_25": "Moins de 25 ans", "25_59": "25 à 59 ans", "60_plus": "60 ans et plus"}

# %% exercise="E19"

# %% exercise="E20"
reponse_e20 = {
    1: "Dans ce quartier prioritaire, la pauvreté dépasse celle de l'environnement urbain.",  # solution
    2: "Pauvreté : de grands écarts entre quartiers prioritaires, et des besoins différents.",  # solution
    3: "Un jeune sur trois n'est ni en études ni déclaré en emploi, selon l'enquête.",  # solution
}

# %% [markdown] id="E21-tableau-texte"
# ### Le tableau des exercices sur le seuil
#
# Nombre de ménages par secteur et par âge de la personne de référence (données fictives).

# %% id="E21-tableau"
show(exercise_table("seuil").rename(columns=ages), "Ménages par secteur et par âge")

# %% exercise="E21"
reponse_e21 = ["B/moins_25", "D/60_plus"]  # solution: reponse_e21 = ["____", "____"]

# %% [markdown] id="E22-tableau-texte"
# ### Le tableau publié, une case masquée
#
# La case « secret » est la case masquée. Les totaux sont publiés.

# %% id="E22-tableau"
masques = exercise_table("effectifs_masques").rename(columns=ages)
show(masques, "Ménages par secteur et par âge, une case masquée", missing="secret")

# %% exercise="E22"
reponse_e22 = 89 - 64 - 18  # solution

# %% exercise="E23"
reponse_e23 = ["B/moins_25", "B/60_plus", "C/moins_25", "C/60_plus"]  # solution: reponse_e23 = ["____", "____", "____", "____"]

# %% exercise="E24"
tableau = exercise_table("canicule")
poids = {"egal": [1, 1, 1, 1, 1, 1], "social": [3, 3, 3, 1, 1, 1], "urbain": [1, 1, 1, 3, 3, 3]}
reponse_e24 = {
    "egal": (tableau * poids["egal"]).sum(axis=1).nlargest(3).index.tolist(),  # solution: "egal": ____,
    "social": (tableau * poids["social"]).sum(axis=1).nlargest(3).index.tolist(),  # solution: "social": ____,
    "urbain": (tableau * poids["urbain"]).sum(axis=1).nlargest(3).index.tolist(),  # solution: "urbain": ____,
}

# %% exercise="E25"
table = exercise_table("habitants")
largeur = 20  # solution
tranche = (table["age"] - 20) // largeur  # solution
reponse_e25 = {
    "k_depart": table.groupby(["age", "ilot"]).size().min(),  # solution
    "largeur": largeur,  # solution
    "l": table.groupby([tranche, "ilot"])["aide"].nunique().min(),  # solution
}

# %% exercise="E26"
zones = exercise_table("deux_zonages")
difference = zones["menages_iris"] - zones["menages_qpv"]  # solution
reponse_e26 = zones[(difference >= 1) & (difference <= 10)].index.tolist()  # solution

# %% [markdown] id="bilan-titre"
# ## Où j'en suis

# %% id="bilan"
progress(4)

# %% [markdown] id="titre"
# # Exercices de la séance 5 · Comparer sans se tromper
#
# Du débat au calcul. On recommence autant de fois qu'on veut ; rien n'est noté. [Retour à la séance 5](../notebooks/05_analyse.ipynb)

# %% id="outils"
import pandas as pd

from datakit.course.tools import *
from datakit import exercise_table, here, rate

here()

# %% exercise="E27"
reponse_e27 = {
    "carte": "B",  # solution
    "raison": "ses classes ont toutes la même largeur : on les dit en une phrase",  # solution
    "cache": "les écarts à l'intérieur de la classe la plus remplie",  # solution
}

# %% [markdown] id="E28-tableau-texte"
# ### Le tableau des comparateurs
#
# Un quartier du milieu, qui tient dans une seule commune : celui dont le taux est le plus proche de la médiane. S'il manque un comparateur, la réserve sous le tableau dit pourquoi.

# %% id="E28-tableau"
from datakit import aggregate, beside, compare, show, study

t = study("revenus", "population")
seuls = t[t["insee_com"].str.len() == t["insee_com"].str.len().min()]["taux_pauvrete"]
code = (seuls - seuls.median()).abs().idxmin()
tableau = beside(compare(code, "revenus"))
show(tableau, t.loc[code, "lib_qp"] + " et ses comparateurs")

# %% exercise="E28"
valeurs = tableau.iloc[:, 0]
reponse_e28 = {
    "commune": valeurs["quartier"] - valeurs["commune"],  # solution
    "EPCI": valeurs["quartier"] - valeurs["EPCI"],  # solution
    "environnement urbain": valeurs["quartier"] - valeurs["environnement urbain"],  # solution
    "phrase": "comparé à son environnement urbain, la ville d'à côté",  # solution
}

# %% exercise="E29"
poids = t.attrs["poids"]
reponse_e29 = aggregate(t, value="taux_pauvrete", weight=poids)  # solution

# %% exercise="E30"
reponse_e30 = {
    "4/10": (rate(4, 10).low, rate(4, 10).high),  # solution
    "40/100": (rate(40, 100).low, rate(40, 100).high),  # solution
    "400/1000": (rate(400, 1000).low, rate(400, 1000).high),  # solution
    "conclure": "non",  # solution
}

# %% exercise="E31"
bas = 180 * (1 - 2 * 0.12)  # solution
haut = 180 * (1 + 2 * 0.12)  # solution
decision = "precaution"  # solution
reponse_e31 = [bas, haut, decision]

# %% exercise="E32"
from datakit import choropleth

valeurs = t["taux_pauvrete"].dropna()
a = pd.qcut(valeurs, 4, labels=False)  # solution
b = pd.cut(valeurs, 4, labels=False)  # solution
carte = choropleth(t, "taux_pauvrete", classes=4, method="intervalles_egaux")
reponse_e32 = {
    "changent": (a != b).sum(),  # solution
    "alt": carte.alt,  # solution
}

# %% exercise="E33"
from datakit import interpolate, load_grid, load_qpv

carreaux, zones = load_grid(depot="ecole"), load_qpv(2024, depot="ecole")
estime = interpolate(carreaux, zones, "ind", method="area")  # solution
ligne = estime.loc[estime["share_imputed"].idxmax()]  # solution
reponse_e33 = [ligne["ind"], 100 * ligne["share_imputed"]]  # solution

# %% exercise="E34"
grille = exercise_table("grille")
reponse_e34 = {
    "blocs": [grille.iloc[i:i+2, j:j+2].to_numpy().mean() for i in (0, 2) for j in (0, 2)],  # solution
    "lignes": grille.mean(axis=1),  # solution
    "colonnes": grille.mean(axis=0),  # solution
}

# %% [markdown] id="bilan-titre"
# ## Où j'en suis

# %% id="bilan"
progress(5)

# %% [markdown] id="titre"
# # Exercices de la séance 5 · Comparer sans se tromper
#
# Du débat au calcul. On recommence autant de fois qu'on veut ; rien n'est noté. [Retour à la séance 5](../notebooks/05_analyse.ipynb)

# %% id="outils"
from datakit import ____, check, exercise_table, hint, progress, rate, solution

# %% exercise="E27"
reponse_e27 = {
    "carte": "B",  # solution
    "raison": "les bornes sont rondes et se lisent à voix haute",  # solution
    "cache": "les écarts à l'intérieur de la classe la plus basse",  # solution
}

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

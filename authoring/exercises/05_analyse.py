# %% [markdown] id="titre"
# # Exercices de la séance 5 · Comparer sans se tromper
#
# Du débat au calcul. On recommence autant de fois qu'on veut ; rien n'est noté. [Retour à la séance 5](../notebooks/05_analyse.ipynb)

# %% id="outils"
import mapclassify

from datakit import ____, check, exercise_table, hint, progress, rate, show, solution

# %% exercise="E27"
reponse_e27 = {
    "carte": "B",  # solution
    "raison": "les bornes sont rondes et se lisent à voix haute",  # solution
    "cache": "les écarts à l'intérieur de la classe la plus basse",  # solution
}

# %% [markdown] id="E28-tableau-texte"
# ### Le tableau des comparateurs
#
# Taux de pauvreté, en % (données fictives).

# %% id="E28-tableau"
show(exercise_table("comparateurs"), "Un quartier et ses comparateurs")

# %% exercise="E28"
reponse_e28 = {
    "environnement urbain": 46 - 17.5,  # solution
    "commune": 46 - 24,  # solution
    "pays": 46 - 14.5,  # solution
    "phrase": "comparé à son environnement urbain, la ville d'à côté",  # solution
}

# %% exercise="E29"
t = exercise_table("six_quartiers")
reponse_e29 = (t["habitants"] * t["taux_pauvrete"]).sum() / t["habitants"].sum()  # solution

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
valeurs = exercise_table("douze_taux")["taux_pauvrete"]
a = mapclassify.Quantiles(valeurs, k=4).yb  # solution
b = mapclassify.EqualInterval(valeurs, k=4).yb  # solution
reponse_e32 = (a != b).sum()  # solution

# %% exercise="E33"
carreaux = exercise_table("carreaux")
dedans = carreaux["habitants"] * carreaux["part_dans_quartier"]  # solution
population = dedans.sum()  # solution
part_imputee = 100 * dedans[carreaux["impute"] == 1].sum() / dedans.sum()  # solution
reponse_e33 = [population, part_imputee]

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

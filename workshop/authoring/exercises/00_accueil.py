# %% [markdown] id="titre"
# # Exercices de la séance 0 · Accueil
#
# Deux exercices pour prendre la machine en main. Répondez, puis vérifiez.
# On recommence autant de fois qu'on veut ; rien n'est noté. [Retour à la séance 0](../notebooks/00_accueil.ipynb)

# %% id="outils"
from datakit.course.tools import *
from datakit import here, load_qpv, show, study

here()

# %% id="tableau"
quartiers = study("population")
tableau = quartiers[["lib_qp", "lib_com", "insee_com", "population_municipale"]]
show(tableau.rename(columns={"lib_com": "Commune"}), "Les quartiers et leur population")

# %% exercise="E01"
reponse_e01 = {
    "code": quartiers.index[0],  # solution: "code": "____",
    "population": quartiers["population_municipale"].iloc[0],  # solution
    "annee": quartiers.attrs["years"]["population_municipale"],  # solution
}

# %% exercise="E02"
reponse_e02 = load_qpv(2024, commune=quartiers["insee_com"].iloc[0][:5])  # solution

# %% [markdown] id="bilan-titre"
# ## Où j'en suis

# %% id="bilan"
progress(0)

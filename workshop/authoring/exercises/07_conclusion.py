# %% [markdown] id="titre"
# # Exercice de la séance 7 · Le premier pas
#
# Les cinq affirmations de ce matin, une limite, un appel. [Retour à la séance 7](../notebooks/07_conclusion.ipynb)

# %% id="outils"
from datakit.course.tools import *

# %% exercise="E36"
reponse_e36 = {
    "pauvres": "faux",  # La plupart des pauvres vivent en QPV  # solution
    "pareils": "faux",  # Les quartiers prioritaires se ressemblent tous  # solution
    "echec": "indecidable",  # Si le taux de pauvreté ne baisse pas, la politique a échoué  # solution
    "maille": "faux",  # Plus la maille est fine, plus le chiffre est exact  # solution
    "anonyme": "faux",  # Anonymiser, c'est enlever les noms  # solution
    "limite": "les revenus décrivent une année déjà ancienne",  # solution
    "partenaire": "le centre social",  # solution
    "date": "3 février",  # solution
}

# %% [markdown] id="bilan-titre"
# ## Où j'en suis, pour toute la formation

# %% id="bilan"
progress()

# %% [markdown] id="titre"
# # Exercices de la séance 1 · Ce que les données disent
#
# Cinq exercices, dans l'ordre de la conférence. Pour chacun : lire, répondre, vérifier.
# On recommence autant de fois qu'on veut ; rien n'est noté. [Retour à la séance 1](../notebooks/01_sensibilisation.ipynb)

# %% id="outils"
from datakit.course.tools import *

# %% exercise="E03"

# %% exercise="E04"

# %% exercise="E05"
population_qpv, taux_qpv = 30000, 40  # habitants, % de pauvres
population_hors, taux_hors = 170000, 12
pauvres_qpv = population_qpv * taux_qpv / 100  # solution
pauvres_hors = population_hors * taux_hors / 100  # solution
reponse_e05 = 100 * pauvres_qpv / (pauvres_qpv + pauvres_hors)  # solution

# %% exercise="E06"
reponse_e06 = {
    "source": "INSEE, Filosofi",  # solution
    "millesime": "2018",  # solution
    "perimetre": "QPV 2015",  # solution
    "champ": "personnes des ménages fiscaux, France",  # solution
    "comparateur": "environnement urbain",  # solution
}

# %% exercise="E07"
avant = 100 * 480 / 1200  # solution
apres = 100 * (480 - 36 - 72 + 120) / 1200  # solution
lecture = "les deux"  # solution
reponse_e07 = [avant, apres, lecture]

# %% [markdown] id="bilan-titre"
# ## Où j'en suis

# %% id="bilan"
progress(1)

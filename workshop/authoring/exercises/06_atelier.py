# %% [markdown] id="titre"
# # Exercice de la séance 6 · La fiche-projet
#
# Un seul exercice, à table : reprenez la question écrite ce matin. [Retour à la séance 6](../notebooks/06_atelier.ipynb)

# %% id="outils"
from datakit.course.tools import *

# %% exercise="E35"
reponse_e35 = {
    "question": "Qui attend le bus avant six heures, et où ?",  # solution
    "decision": "déplacer ou avancer une ligne à la rentrée",  # solution
    "donnees": "montées par arrêt et par heure",  # solution
    "detenteurs": "opérateur de transport, France Travail",  # solution
    "cadre": "convention d'un an, totaux par arrêt, seuil de 11",  # solution
    "livrable": "une carte, son tableau, et deux pages",  # solution
    "etape": "appeler l'exploitant avant le 15",  # solution
    "habitants": "deux habitantes et le centre social, de la question à la restitution",  # solution
    "risque": "l'opérateur refuse ; plan B : compter à la main deux matins",  # solution
    "grille": 8,  # solution
}

# %% [markdown] id="bilan-titre"
# ## Où j'en suis

# %% id="bilan"
progress(6)

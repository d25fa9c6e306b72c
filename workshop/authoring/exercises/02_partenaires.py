# %% [markdown] id="titre"
# # Exercices de la séance 2 · Les partenaires
#
# Quatre exercices à faire seul, à deux, ou à table avec les cartes. On recommence autant de fois qu'on veut ; rien n'est noté.
# [Retour à la séance 2](../notebooks/02_partenaires.ipynb)

# %% id="outils"
from datakit.course.tools import *

# %% exercise="E08"

# %% exercise="E09"

# %% exercise="E10"

# %% exercise="E11"

# %% [markdown] id="bilan-titre"
# ## Où j'en suis

# %% id="bilan"
progress(2)

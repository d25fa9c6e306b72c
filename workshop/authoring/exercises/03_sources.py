# %% [markdown] id="titre"
# # Exercices de la séance 3 · Les sources
#
# Sept exercices, du compte simple à la projection. On recommence autant de fois qu'on veut ; rien n'est noté. [Retour à la séance 3](../notebooks/03_sources.ipynb)

# %% id="outils"
import pandas as pd

from datakit.course.tools import *
from datakit import communes_of, exercise_file, exercise_table, here, territory

lieu = here()
quartiers = territory().qpv(2024)
lieu

# %% exercise="E12"
reponse_e12 = communes_of(quartiers)["lib_com"].value_counts()  # solution

# %% exercise="E13"
reponse_e13 = quartiers["code_qp"].str[-1].value_counts()  # solution

# %% [markdown] id="E14-brut-texte"
# ### Le fichier brut de l'exercice E14

# %% id="E14-brut"
print(exercise_file("piege").read_text(encoding="utf-8-sig"))

# %% exercise="E14"
fichier = exercise_file("piege")
lu = pd.read_csv(fichier, sep=";", decimal=",", thousands=" ", dtype={"code_insee": str}, encoding="utf-8-sig")  # solution
reponse_e14 = lu.dropna(axis=1, how="all")  # solution

# %% exercise="E15"
contours = exercise_table("contours_homonymes")
allocataires = exercise_table("allocataires_homonymes")
reponse_e15 = contours.join(allocataires[["allocataires"]])  # solution

# %% exercise="E16"
colonne = exercise_table("cases_vides")["etablissements"]
reponse_e16 = {
    "vide": colonne.isna().sum(),  # solution
    "zero": (colonne == "0").sum(),  # solution
    "s": (colonne == "s").sum(),  # solution
    "nd": (colonne == "nd").sum(),  # solution
}

# %% exercise="E17"
projetes = quartiers.to_crs(2154)  # solution
reponse_e17 = projetes.area.iloc[0] / 1e6  # solution

# %% exercise="E18"
ecart = 3120 - 2790  # solution
raison = "champ"  # solution
reponse_e18 = [ecart, raison]

# %% [markdown] id="bilan-titre"
# ## Où j'en suis

# %% id="bilan"
progress(3)

# %% [markdown] id="titre"
# # Glossaire
#
# Les sigles et les mots du métier, en une page à imprimer. Chaque notebook y renvoie à la première apparition d'un mot. [Retour à l'accueil](00_accueil.ipynb)
#
# ## De A à Z

# %% [markdown] id="mots"
# {{glossaire}}

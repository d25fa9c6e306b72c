# %% [markdown] id="titre" minutes=2
# # 3 · Choisir, ouvrir et croiser les sources
#
# La bonne source n'est pas celle qu'on trouve : c'est celle qui répond à la question, avec la bonne année et le bon contour.
#
# {{encadre}}
#
# **Sommaire**
#
# 1. Quelle source pour quelle question ?
# 2. Lire une fiche de source
# 3. Deux listes de quartiers, 2015 et 2024
# 4. Joindre par le code
# 5. Les silences d'un fichier
# 6. Collecter, traiter, héberger
# 7. Points clés, limites, suite

# %% [markdown] id="choisir" minutes=6
# ## Quelle source pour quelle question ?
#
# **Votre pari ?** « Combien de familles aidées dans ce quartier ? » : recensement, Filosofi, CAF ou bailleurs ?
#
# | Question | Source | Attention |
# |---|---|---|
# | qui habite là ? | recensement (RP) | cinq années d'enquête réunies ; prudence sous {{chiffre prudence_recensement}} personnes |
# | quels revenus, quelle pauvreté ? | Filosofi | ménages fiscaux ; rien ne s'additionne ; pas de millésime 2022 |
# | qui est aidé ? | CAF | allocataires ou personnes couvertes : deux comptes |
# | qui a une complémentaire ? | C2S, Assurance maladie | régime général ; deux millésimes de suite ne se comparent pas |
# | qui cherche un emploi ? | France Travail | des inscriptions, pas un taux de chômage |
# | quels équipements ? | base permanente des équipements | un équipement n'est pas un service rendu |
# | quels logements sociaux ? | RPLS | l'état d'un parc, pas les ménages |
# | plus fin que le quartier ? | carreaux de 200 m | {{chiffre carreaux_imputes}} des carreaux habités sont estimés |
# | où est la limite ? | contours de l'ANCT | deux listes : 2015 et 2024 |
#
# **Ce qu'on lit.** Une question, une source d'abord ; une seconde seulement si elle change la décision.

# %% [markdown] id="catalogue" minutes=5 slide="slide" late=1
# ## Lire une fiche de source
#
# `datakit` connaît ces sources. Le catalogue dit qui produit, à quelle maille, sous quelle licence.

# %% id="catalogue-cellule"
from datakit import catalog

sources = catalog(level="qpv")
print(len(sources), "sources décrivent les quartiers")
sources.head(5).index.tolist()

# %% [markdown] id="catalogue-lecture"
# **Ce qu'on lit.** Avant d'ouvrir un fichier : la **licence**, le **millésime**, la **géographie**, les **codes de secret**.
#
# **Ce qu'on ne peut pas dire.** Que l'adresse de téléchargement marche encore : les producteurs déplacent leurs fichiers. Le cours n'appelle aucune adresse ; `datakit fetch` le fait quand vous le demandez.

# %% [markdown] id="deux-listes" minutes=6 slide="slide"
# ## Deux listes de quartiers
#
# La liste de 2024 a remplacé celle de 2015. **Votre pari ?** Peut-on comparer un quartier d'avant et d'après ?

# %% id="deux-listes-cellule"
from datakit import territory

quartiers = territory().qpv(2024)
lettres = quartiers["code_qp"].str[-1].value_counts().sort_index()
print(lettres.to_dict())

# %% [markdown] id="deux-listes-lecture"
# **Ce qu'on lit.** La dernière lettre du code : **N** nouveau, **M** contour modifié, **I** identique. On ne suit une évolution que pour les **I**.
#
# **Ce qu'on ne peut pas dire.** Combien d'habitants ont changé de quartier : la table de passage relie des codes, pas des personnes.
#
# Et quand on mélange les deux listes, `datakit` refuse, avec la raison :

# %% id="melange"
from datakit import errors, join, load_indicators

try:
    join(quartiers, load_indicators("population", geography=2015))
except errors.DatakitError as refus:
    print(refus.problem)

# %% [markdown] id="melange-lecture"
# {{exercice E12}} · {{exercice E13}}

# %% [markdown] id="joindre" minutes=5 slide="slide"
# ## Joindre par le code
#
# {{chiffre qpv_homonymes}} quartiers sur {{chiffre qpv_france}} portent un nom qui sert ailleurs ; {{chiffre qpv_centre_ville}} s'appellent « Centre Ville » ({{source qpv_homonymes}}). **Votre pari ?** Que se passe-t-il si l'on joint par le nom ?

# %% id="joindre-cellule"
from datakit import exercise_table

contours = exercise_table("contours_homonymes")
allocataires = exercise_table("allocataires_homonymes")
par_nom = contours.merge(allocataires, on="quartier")
print(len(contours), "quartiers au départ ;", len(par_nom), "lignes après une jointure par le nom")

# %% [markdown] id="joindre-lecture"
# **Ce qu'on lit.** Le nombre de lignes change sans un mot d'alerte. Après chaque jointure : compter, et lister ce qui n'a pas trouvé son pareil.
#
# {{exercice E15}} · {{exercice E14}}

# %% [markdown] id="silences" minutes=4 slide="slide" late=1
# ## Les silences d'un fichier
#
# | Signe | Il veut dire |
# |---|---|
# | `s` | secret statistique |
# | `nd` | non disponible |
# | `ns` | non significatif |
# | `so` ou `///` | sans objet |
# | case vide | le producteur ne dit pas pourquoi |
# | `0` | zéro, pour de vrai |
#
# {{exercice E16}} · {{exercice E18}} · {{exercice E17}}

# %% [markdown] id="heberger" minutes=6 slide="slide"
# ## Collecter, traiter, héberger
#
# Des solutions qu'une collectivité peut choisir. Les coûts sont des ordres de grandeur en **temps d'agent** : à chiffrer chez vous.
#
# | Solution | Pour | Limites | RGPD | Sobriété | Coût |
# |---|---|---|---|---|---|
# | un dossier partagé, CSV et fiche de source | petits projets, données ouvertes | pas d'historique | ni nominatif, ni secret | très sobre | faible |
# | un tableur en ligne souverain | un groupe qui saisit | erreurs de saisie | droits par personne | sobre | faible |
# | le SIG de la collectivité | cartes, GeoPackage | demande un référent | journal d'accès | moyenne | moyen |
# | une base de données hébergée en France | données tenues à jour | administration | convention, durée, sauvegarde | moyenne | moyen à élevé |
# | un portail de données ouvertes | publier | ne convient pas au partage restreint | totaux protégés seulement | moyenne | moyen |
# | un observatoire mutualisé | plusieurs collectivités | gouvernance à construire | convention à plusieurs | partagée | partagé |
# | `datakit` et un ordinateur | analyser, refaire, transmettre | pas un lieu de stockage | rien ne sort de la machine | très sobre | temps d'apprentissage |
#
# **Formats.** CSV ou GeoPackage plutôt qu'un format fermé ; un fichier par millésime ; à côté, une fiche qui dit source, licence et date.
#
# **Ce qu'on ne peut pas dire.** Quelle solution est la vôtre : cela dépend de qui la tiendra à jour dans deux ans.

# %% [markdown] id="discussion" slide="slide"
# ## À débattre
#
# - Qui, chez vous, tiendra cette donnée à jour dans deux ans ?
# - Quelles personnes ne sont dans aucun fichier ? Comment les entendre ?

# %% [markdown] id="points-cles" slide="slide"
# ## Points clés
#
# 1. La question choisit la source.
# 2. Licence, millésime, géographie, secret : quatre lignes à lire avant d'ouvrir.
# 3. On joint par le code, et on compte les lignes.
# 4. Un silence n'est pas un zéro.
# 5. Une donnée sans personne pour la tenir est déjà périmée.

# %% [markdown] id="limites"
# ## Limites
#
# Les formats changent d'un millésime à l'autre ; le catalogue note la date à laquelle chaque fiche a été vérifiée.
#
# ## Suite
#
# [Exercices de la séance 3](../exercises/03_sources.ipynb) · [Séance 4 : l'éthique](04_ethique.ipynb) · [Glossaire](glossaire.ipynb)

# %% [markdown] id="titre" minutes=1
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
# 7. À la table : la question et ses sources
# 8. Points clés, limites, suite

# %% [markdown] id="conseil" minutes=5 slide="slide"
# ## Le conseil du 27 janvier
#
# L'après-midi est un conseil que l'on prépare. Les leçons des séances 3, 4 et 5 s'ouvrent quand une table en a besoin.
#
# {{conseil regles}}
#
# Quatre manches : la question et ses sources, le cadre, la carte, la fiche. Les cartes à découper sont dans `imprimer/conseil.pdf`. Sans papier, tirez au sort dans les tableaux de la [séance 6](06_atelier.ipynb). Seul ou seule devant cet écran ? Tenez tous les rôles de la table.
#
# Le lieu de cette séance :

# %% id="ou-cellule"
from datakit import here

here()

# %% [markdown] id="choisir" pari=["recensement", "Filosofi", "CAF", "bailleurs"] minutes=5
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
# **Ce qu'on lit.** Pour les familles aidées, la CAF : c'est elle qui verse. Une question, une source d'abord ; une seconde seulement si elle change la décision.
#
# **Ce qu'on ne peut pas dire.** Que la meilleure source est la plus récente : c'est celle qui compte les bonnes personnes.
#
# > **Le fil du bus.** La source n'est pas « les transports » : ce sont les montées, arrêt par arrêt, et l'heure du premier bus. À Orvanche, ce fichier existe.

# %% [markdown] id="catalogue" minutes=5 slide="slide" late=2
# ## Lire une fiche de source
#
# `datakit` connaît ces sources. Son catalogue dit qui produit, à quelle maille, sous quelle licence, et ce qu'il faut savoir avant d'ouvrir. **Votre pari ?** Qui publie les contours des quartiers, et sous quelle licence ?

# %% id="catalogue-cellule"
from datakit import catalog, source

print(len(catalog(level="qpv")), "sources décrivent les quartiers. En voici une :")
source("anct-qpv-2024")

# %% [markdown] id="catalogue-lecture"
# **Ce qu'on lit.** Quatre lignes avant d'ouvrir un fichier : la **licence**, le **millésime**, la **géographie**, les **codes de secret**. Puis les « à savoir » : ce sont les pièges où d'autres sont tombés.
#
# **Ce qu'on ne peut pas dire.** Que l'adresse de téléchargement marche encore : les producteurs déplacent leurs fichiers. Le cours n'appelle aucune adresse ; `datakit fetch` le fait quand vous le demandez.

# %% [markdown] id="deux-listes" pari=["oui, toujours", "oui, parfois", "jamais"] minutes=6 slide="slide" late=2
# ## Deux listes de quartiers
#
# La liste de 2024 a remplacé celle de 2015. **Votre pari ?** Peut-on comparer un quartier d'avant et d'après ?

# %% id="deux-listes-cellule"
from datakit import bars, published

lettres = published("lyon_i", "lyon_m", "lyon_n")
bars(lettres, "quartiers", title="Métropole de Lyon : un quartier sur cinq garde son contour")

# %% [markdown] id="deux-listes-lecture"
# **Ce qu'on lit.** La dernière lettre du code dit l'histoire du quartier. Dans la Métropole de Lyon, {{chiffre lyon_m}} contours ont changé et {{chiffre lyon_n}} quartiers sont nouveaux ({{source lyon_i}}). On ne suit une évolution que pour les **I**, {{chiffre lyon_i}} quartiers : les autres ne sont plus, ou n'étaient pas, le même lieu.
#
# **Ce qu'on ne peut pas dire.** Combien d'habitants ont changé de quartier : la table de passage relie des codes, pas des personnes.
#
# Quand on mélange les deux listes, `join` de `datakit` refuse, et dit pourquoi : « des QPV de 2015 et de 2024 sont mélangés ». À vous de lire les lettres de votre territoire.
#
# {{exercice E12}} · {{exercice E13}}

# %% [markdown] id="joindre" pari=["rien de gênant", "des lignes se perdent", "des lignes se multiplient"] minutes=5 slide="slide" late=2
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
# **Ce qu'on lit.** De {{calcul len(contours)}} à {{calcul len(par_nom)}} : des lignes se multiplient, d'autres se perdent, sans un mot d'alerte. Après chaque jointure : compter les lignes, et lister celles qui sont restées seules.
#
# **Ce qu'on ne peut pas dire.** Que l'orthographe suffira : deux quartiers différents peuvent s'écrire pareil, à la lettre près.
#
# {{exercice E15}} · {{exercice E14}}
#
# ◆ **Pour aller plus loin.** `join` de `datakit` joint par le code, compte les lignes, et garde le compte rendu :

# %% id="jointure"
from datakit import study

etude = study("revenus")
rapport = etude.attrs["join_report"]
print(len(etude), "lignes, autant que de quartiers")
print("trouvés :", rapport["matched"], "; quartiers sans donnée :", len(rapport["left_only"]))
print("données d'un autre territoire :", len(rapport["right_only"]))

# %% [markdown] id="mesurer" pari=["de moins de 1 %", "de 20 % environ", "du double ou plus"]
# **Ce qu'on lit.** Le compte rendu dit combien de lignes se sont trouvées, et lesquelles sont restées seules. On le lit avant le premier résultat.
#
# ### Mesurer
#
# Un contour se mesure dans la projection légale, jamais en degrés ni dans celle des cartes en ligne. **Votre pari ?** De combien se trompe-t-on ?

# %% id="mesurer-cellule"
from datakit import show, territory
from datakit.core.projections import one_legal_crs

quartiers = territory().qpv(2024).tail(3).set_index("lib_qp")
aires = quartiers.to_crs(one_legal_crs(quartiers["insee_dep"])).area.rename("légale").to_frame() / 1e4
aires["cartes en ligne"] = quartiers.to_crs(3857).area / 1e4
aires = aires.rename_axis("Aire, en hectares")
show(aires, "Trois quartiers, deux projections", labels=territory().qpv(2024).attrs["labels"])

# %% [markdown] id="mesurer-lecture"
# **Ce qu'on lit.** La projection des cartes en ligne gonfle les surfaces : à Orvanche, de plus du double. Plus on s'approche de l'équateur, moins elle gonfle.
#
# {{exercice E17}}

# %% [markdown] id="silences" pari=["trop haute", "juste", "trop basse"] minutes=4 slide="slide" late=2
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
# **Votre pari ?** Un tableur fait la moyenne d'une colonne où les `s` sont devenus des zéros : trop haute, juste ou trop basse ?
#
# **Ce qu'on lit.** Trop basse : chaque zéro inventé la tire vers le bas, et personne ne le voit.
#
# {{exercice E16}}

# %% [markdown] id="deux-populations" pari=["oui", "non"] minutes=4 slide="slide" late=2
# ## Deux sources, deux populations
#
# **Votre pari ?** Le recensement et les fichiers fiscaux comptent-ils les mêmes personnes ? **Cette cellule reste à Orvanche**, dont les deux fichiers sont complets.

# %% id="deux-populations-cellule"
from datakit import load_indicators

recense = load_indicators("population", geography=2024, depot="ecole")["population_municipale"]
fiscal = load_indicators("revenus", geography=2024, depot="ecole")["personnes_menages_fiscaux"]
deux = recense.to_frame().join(fiscal).head(5)
deux["écart"] = deux.iloc[:, 0] - deux.iloc[:, 1]
show(deux, "Deux comptes des mêmes quartiers", labels={"source": "Données fictives (Orvanche)",
     "millesime": "2020 et 2021", "perimetre": "QPV 2024", "champ": "habitants ; personnes des ménages fiscaux"})

# %% [markdown] id="deux-populations-lecture"
# **Ce qu'on lit.** Deux nombres proches, rarement égaux, et l'écart va dans les deux sens. À Orvanche, il a deux raisons : les deux fichiers ne décrivent pas la même année, et quelques ménages sont hors du champ fiscal. En France s'y ajoutent les foyers et les résidences, qu'Orvanche n'a pas : le **recensement** les compte, **Filosofi** non. Pour un taux, on prend le dénominateur de la source du numérateur.
#
# **Ce qu'on ne peut pas dire.** Lequel est « le bon » : chacun répond à sa question.
#
# {{exercice E18}}

# %% [markdown] id="heberger" minutes=6 slide="slide" late=2
# ## Collecter, traiter, héberger
#
# - **Collecter.** Ce qui existe d'abord, une enquête ensuite. Garder le fichier reçu intact, avec sa date et sa licence.
# - **Traiter.** Par un programme ou une suite d'étapes écrites, plutôt que par copier-coller : l'an prochain, on recommence.
# - **Héberger.** Là où une personne nommée pourra ouvrir, corriger et effacer.
#
# Des outils qu'une collectivité peut choisir. Chaque adresse citée a été lue en novembre 2026. Un logiciel libre s'installe sans licence à payer ; l'hébergement et le temps d'agent ont un prix, à demander.
#
# | Outil | Pour | Licence | Où sont les données | Savoir-faire | Limite |
# |---|---|---|---|---|---|
# | [LimeSurvey](https://github.com/LimeSurvey/LimeSurvey) | collecter : une enquête en ligne | libre, GPL | sur votre serveur, ou chez un hébergeur | une personne pour l'installer | qui n'a pas internet ne répond pas |
# | [KoboToolbox](https://cartong.pages.gitlab.cartong.org/learning-corner/en/4_preparation_mdc/4_1_software/4_1_2_KoBoToolbox) | collecter : une enquête de terrain, même hors ligne | libre | chez qui l'héberge : à vérifier d'abord | un après-midi d'essai | penser les comptes et les droits avant la saisie |
# | [Grist](https://management-datascience.org/articles/42110) | saisir et partager : entre tableur et base | libre | sur votre serveur, ou chez un hébergeur | celui d'un tableur | les droits se règlent table par table |
# | [QGIS](https://docs.qgis.org/latest/en/docs/about/license/index.html) | traiter : les cartes | libre et gratuit, GPL | sur votre ordinateur | une personne formée | un projet se documente, sinon il se perd |
# | [data.gouv.fr](https://github.com/datagouv/guides.data.gouv.fr) | publier : des totaux protégés | plateforme publique | chez l'État | des guides en ligne | rien de restreint, rien de nominatif |
# | un dossier partagé, CSV et fiche de source | garder un petit projet | aucune | chez vous | aucun | pas d'historique, pas de nominatif |
# | `datakit` | analyser, refaire, transmettre | libre | rien ne sort de la machine | cette journée | ce n'est pas un lieu de stockage |
#
# **Avant de choisir**, cinq questions : qui le tient à jour ? dans quel pays est le serveur ? comment efface-t-on ? comment ressort-on ses données ? qui paie l'an prochain ?
#
# **Formats.** CSV ou GeoPackage plutôt qu'un format fermé ; un fichier par millésime ; à côté, une fiche qui dit source, licence et date.
#
# **Ce qu'on ne peut pas dire.** Quelle solution est la vôtre : cela dépend de qui la tiendra à jour dans deux ans.

# %% [markdown] id="manche" minutes=29 tables=1 slide="slide"
# ## À la table, première manche : la question et ses sources
#
# 1. **Cinq minutes.** Les rôles, puis la question : celle de la carte, ou la vôtre. Dites la décision qu'elle changerait.
# 2. **Douze minutes.** Achetez vos sources. Pour chacune, ouvrez sa fiche et recopiez quatre lignes : licence, millésime, géographie, secret.
# 3. **Cinq minutes.** Qui détient ? Nommez deux détenteurs, et un plan B.
# 4. **Cinq minutes.** Tirez un évènement. Décidez, payez.
# 5. **Deux minutes.** Écrivez dans la fiche : la question, la décision, les données, qui les détient.

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# Ajoutez une source que votre collectivité détient. Une source de `datakit` est un fichier de texte : producteur, licence, adresse, millésime, champ, réserves. `source("insee-qpv2015-revn")` en montre une, remplie. La cellule affiche les lignes à remplir : gardez-les sous le nom `ma-source.toml`, à côté de cette page. Celle que vous ne savez pas remplir est la première question à poser au producteur.

# %% id="defi-depart" run="bouton" slide="skip"
from datakit import exercise_file
from datakit.course.tools import challenge

print(exercise_file("source_modele").read_text(encoding="utf-8"))

# %% id="defi-verification" run="bouton" after="defi-depart" slide="skip"
challenge(3, "ma-source.toml")

# %% [markdown] id="discussion" slide="slide" late=1
# ## À débattre
#
# - Qui, chez vous, tiendra cette donnée à jour dans deux ans ?
# - Quelles personnes ne sont dans aucun fichier ? Comment les entendre ?

# %% [markdown] id="points-cles" slide="slide" late=1
# ## Points clés
#
# 1. La question choisit la source.
# 2. Licence, millésime, géographie, secret : quatre lignes à lire avant d'ouvrir.
# 3. On joint par le code, et on compte les lignes.
# 4. Un silence n'est pas un zéro.
# 5. Une donnée sans personne pour la tenir est déjà périmée.

# %% [markdown] id="limites" late=1
# ## Limites
#
# Les formats changent d'un millésime à l'autre ; le catalogue note la date à laquelle chaque fiche a été vérifiée.
#
# ## Suite
#
# [Exercices de la séance 3](../exercises/03_sources.ipynb) · [Séance 4 : l'éthique](04_ethique.ipynb) · [Glossaire](glossaire.ipynb)

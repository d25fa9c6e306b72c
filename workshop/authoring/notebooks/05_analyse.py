# %% [markdown] id="titre" minutes=1
# # 5 · Comparer sans se tromper
#
# Le même taux peut rassurer ou alarmer, selon ce qu'on met à côté. Cette séance apprend à choisir le comparateur, à pondérer, à encadrer, et à lire une carte.
#
# {{encadre}}
#
# **Sommaire**
#
# 1. À côté de quoi ?
# 2. Une moyenne de taux n'est pas un taux
# 3. Petits effectifs
# 4. D'une liste de quartiers à l'autre
# 5. Trois cartes, les mêmes données
# 6. Déplacer les frontières
# 7. Dedans, dehors, sur la limite
# 8. Une première fiche
# 9. À la table : la carte
# 10. Points clés, limites, suite

# %% [markdown] id="comparer" minutes=4
# ## À côté de quoi ?
#
# Voici le territoire de cette séance :

# %% id="ou-cellule"
from datakit import here

here()

# %% [markdown] id="comparer-pari" pari=["la commune", "l'EPCI", "l'environnement urbain", "la France"]
# On ne prend ni le plus pauvre, ni le moins pauvre : un quartier du milieu, celui dont le taux est le plus proche de la médiane du territoire. **Votre pari ?** À côté de quoi le montreriez-vous en réunion publique ?

# %% id="comparer-cellule"
from datakit import bars, beside, compare, study

quartiers = study("revenus", "population")
taux = quartiers["taux_pauvrete"]
milieu = (taux - taux.median()).abs().idxmin()
comparateurs = beside(compare(milieu, "revenus"))
bars(comparateurs, comparateurs.columns[0], highlight="quartier", title=quartiers.loc[milieu, "lib_qp"] + ", à côté de quoi ?")

# %% [markdown] id="comparer-lecture"
# **Ce qu'on lit.** Un comparateur, une histoire. À Orvanche, le quartier est à {{calcul comparateurs.iloc[0, 0], 1}} % ; à côté, les comparateurs vont de {{calcul comparateurs.iloc[1:, 0].min(), 1}} % à {{calcul comparateurs.iloc[1:, 0].max(), 1}} %. L'**environnement urbain** (la ville autour, sans ses quartiers prioritaires) est souvent le plus juste. Lisez la réserve sous le graphique. Elle dit si cet environnement réunit plusieurs villes, ou pourquoi un comparateur manque : on ne l'invente pas.
#
# Orvanche n'appartient à aucun pays : sa ligne « France » est une fiction, faite des chiffres publiés pour 2019. Dans la vraie France, cette année-là, c'était {{chiffre pauvrete_qpv_2019}} en quartier prioritaire et {{chiffre pauvrete_hors_2019}} ailleurs ({{source pauvrete_qpv_2019}}).
#
# **Ce qu'on ne peut pas dire.** Que l'écart mesure un échec : on a choisi le quartier parce que ses revenus étaient bas.
#
# > **Le fil du bus.** Un quartier où le premier bus passe après six heures se compare à ceux où il passe avant. Le comparer à la moyenne du réseau cacherait l'heure.
#
# {{exercice E28}}

# %% [markdown] id="repartition" pari=["groupés", "étalés"] minutes=5 slide="slide" late=2
# ## Une répartition plutôt qu'un rang
#
# **Votre pari ?** Dans le territoire, les quartiers sont-ils groupés ou étalés ?

# %% id="repartition-cellule"
from datakit import distribution

distribution(quartiers, "taux_pauvrete")

# %% [markdown] id="repartition-lecture"
# **Ce qu'on lit.** Plutôt étalés. L'étendue, la médiane, et la bande grise où se tient la moitié des quartiers. À Orvanche, les taux vont de {{calcul taux.min(), 1}} % à {{calcul taux.max(), 1}} %. Personne n'est « premier » ni « dernier ».
#
# **Ce qu'on ne peut pas dire.** Qu'un écart de deux points entre deux quartiers veut dire quelque chose.

# %% [markdown] id="ponderer" pari=["oui", "non, plus haut", "non, plus bas"] minutes=6 slide="slide" late=2
# ## Une moyenne de taux n'est pas un taux
#
# **Votre pari ?** Treize communes de tailles très différentes : la moyenne de leurs taux est-elle le taux de l'ensemble ? **Cette cellule reste à Orvanche**, dont toutes les communes publient leur taux.

# %% id="ponderer-cellule"
import pandas as pd
from datakit import aggregate, load_indicators

communes = load_indicators("revenus", level="commune", depot="ecole")
ensemble = aggregate(communes, "taux_pauvrete", "personnes_menages_fiscaux").value
deux = pd.Series({"moyenne des taux": communes["taux_pauvrete"].mean(), "taux de l'ensemble": ensemble}, name="taux_pauvrete")
bars(deux, "taux_pauvrete", title="La moyenne des taux sous-estime l'ensemble", labels=communes.attrs["labels"])

# %% [markdown] id="ponderer-lecture"
# **Ce qu'on lit.** {{calcul deux.iloc[0], 1}} % contre {{calcul deux.iloc[1], 1}} %. La moyenne simple donne autant de poids à la plus petite commune qu'à la plus grande, et la plus grande est ici l'une des plus pauvres. Dans un fichier réel de quartiers ({{source occitanie_simple}}), le taux passe de {{chiffre occitanie_simple}} à {{chiffre occitanie_ponderee}}. Entre quartiers de tailles voisines, l'écart peut être mince : on ne le sait qu'après avoir pondéré. Une **médiane**, elle, ne se moyenne jamais, et `aggregate` la refuse : « une médiane ne se moyenne pas ».
#
# {{exercice E29}}

# %% [markdown] id="effectifs" minutes=6 slide="slide" late=2
# ## Petits effectifs
#
# Trois enquêtes trouvent 30 %. **Votre pari ?** De combien chacune peut-elle se tromper ?

# %% id="effectifs-cellule"
from datakit import rate

print(rate(3, 10))
print(rate(30, 100))
print(rate(300, 1000))

# %% [markdown] id="effectifs-lecture"
# **Ce qu'on lit.** Le même taux, trois certitudes. Sous {{chiffre prudence_recensement}} personnes, un effectif du recensement se manie avec précaution.
#
# **Ce qu'on ne peut pas dire.** Qu'un petit quartier est « extrême » : un taux fiscal exhaustif ne tremble pas comme un sondage. Il faut savoir d'où vient le chiffre.
#
# {{exercice E30}} · {{exercice E31}}

# %% [markdown] id="decoupages" pari=["presque tous", "la moitié environ", "presque aucun"] minutes=5 slide="slide" late=2
# ## D'une liste de quartiers à l'autre
#
# Les quartiers de 2015 ont laissé la place à ceux de 2024. **Votre pari ?** Sur combien de quartiers de votre territoire peut-on suivre une évolution ?

# %% id="decoupages-cellule"
from datakit import crosswalk, show, territory

ici = territory().qpv(2024)
passage = crosswalk(2015, 2024)
passage = passage[passage["target"].isin(ici["code_qp"])].drop_duplicates("target")
show(passage["status"].value_counts().rename("quartiers"), "Les quartiers de 2024, vus depuis 2015",
     labels=ici.attrs["labels"])

# %% [markdown] id="decoupages-lecture"
# **Ce qu'on lit.** À Orvanche, {{calcul (passage["status"] == "inchange").sum()}} quartiers sur {{calcul len(ici)}}. Seuls les quartiers au contour inchangé se suivent d'une liste à l'autre. Pour les autres, comparer les deux taux, ce serait comparer deux lieux : `change` refuse, et dit pourquoi.
#
# **Ce qu'on ne peut pas dire.** Que rien n'a changé dans un quartier au même contour : ses habitants, eux, ont bougé.

# %% [markdown] id="evaluer" pari=["une", "trois", "les cinq"] late=2
# ## Observer, évaluer, piloter
#
# Le même chiffre sert à trois choses. Les confondre, c'est lui faire dire trop.
#
# | Verbe | La question | Ce qu'il faut |
# |---|---|---|
# | **observer** | où en est-on ? | un indicateur et ses cinq étiquettes |
# | **évaluer** | qu'est-ce que l'action a changé, et pour qui ? | un avant et un après au même contour, et un point de comparaison |
# | **piloter** | que fait-on lundi ? | un suivi simple, que quelqu'un tient à jour |
#
# **Une question évaluative** se pose avant l'action. *L'arrêt avancé a-t-il raccourci le trajet de celles et ceux qui partent avant six heures ?* Elle nomme une action, des personnes, un effet que l'on saura lire.
#
# Un bilan à mi-parcours d'un contrat de ville 2024-2030 propose cinq phrases :
#
# 1. « L'atelier a reçu tant de personnes, dont tant de femmes »
# 2. « Le taux de pauvreté a baissé grâce au contrat »
# 3. « Le taux a baissé dans un quartier au contour modifié »
# 4. « À contour identique, le taux est stable ; nous ignorons qui est parti »
# 5. « Les personnes suivies deux ans ont plus souvent un emploi »
#
# **Votre pari ?** Parmi ces cinq phrases d'un bilan, combien en garderiez-vous ?
#
# | La phrase | On peut l'écrire ? | Pourquoi |
# |---|---|---|
# | 1 · l'atelier a reçu tant de personnes | oui | l'action est comptée, par ceux qui la mènent |
# | 2 · le taux a baissé grâce au contrat | non | personne ne sait ce qui se serait passé sans lui |
# | 3 · le taux a baissé, le contour a changé | non | ce n'est plus le même lieu |
# | 4 · le taux est stable, et nous ignorons qui est parti | oui | le stock est dit, et le flux qui manque aussi |
# | 5 · les personnes suivies ont plus souvent un emploi | oui, avec sa limite | il reste à dire ce que deviennent les autres |
#
# **Ce qu'on lit.** Trois phrases sur cinq se gardent, la dernière avec sa limite. Une évaluation tient à ce qu'on a prévu dès la signature : la question, la donnée de départ, la personne qui la garde. L'ONPV a relu les contrats : seuls {{chiffre referentiel_evaluation}} mentionnent un référentiel local d'évaluation ({{source referentiel_evaluation}}). La circulaire d'août 2023 permet d'y écrire des clauses sur les données, pour suivre l'évolution des quartiers et évaluer ([Associathèque](https://www.associatheque.fr/fr/2023/octobre/actualite/contrats-ville-2024-2030-cadre-est-fixe.html)).
#
# **Ce qu'on ne peut pas dire.** Qu'un indicateur de quartier mesure l'effet d'une action : il décrit un lieu, et ses habitants changent.

# %% [markdown] id="cartes" pari=["oui", "non"] minutes=8 slide="slide" late=2
# ## Trois cartes, les mêmes données
#
# **Votre pari ?** La même donnée, la part des 60 ans et plus, et trois découpages en classes : verra-t-on la même carte ?
#
# **Carte A**, effectifs égaux : autant de quartiers par couleur.

# %% id="carte-a"
from datakit import choropleth

carte_a = choropleth(quartiers, "part_60_plus", classes=4, method="quantiles")
carte_a

# %% [markdown] id="carte-b-texte"
# **Carte B**, intervalles égaux : des classes de même largeur.

# %% id="carte-b"
carte_b = choropleth(quartiers, "part_60_plus", classes=4, method="intervalles_egaux")
carte_b

# %% [markdown] id="carte-c-texte"
# **Carte C**, seuils naturels : des coupures là où il y a des trous.

# %% id="carte-c"
carte_c = choropleth(quartiers, "part_60_plus", classes=4, method="jenks")
carte_c

# %% [markdown] id="cartes-lecture"
# **Ce qu'on lit.** Les bornes, d'abord. À Orvanche, la classe la plus basse réunit {{calcul (carte_a.table["Classe"] == carte_a.table["Classe"].iloc[carte_a.table.iloc[:, 1].argmin()]).sum()}} quartiers sur la carte A, {{calcul (carte_b.table["Classe"] == carte_b.table["Classe"].iloc[carte_b.table.iloc[:, 1].argmin()]).sum()}} sur la carte B, {{calcul (carte_c.table["Classe"] == carte_c.table["Classe"].iloc[carte_c.table.iloc[:, 1].argmin()]).sum()}} sur la carte C. La plus haute en réunit {{calcul (carte_a.table["Classe"] == carte_a.table["Classe"].iloc[carte_a.table.iloc[:, 1].argmax()]).sum()}} sur la carte A, {{calcul (carte_b.table["Classe"] == carte_b.table["Classe"].iloc[carte_b.table.iloc[:, 1].argmax()]).sum()}} sur la carte B, {{calcul (carte_c.table["Classe"] == carte_c.table["Classe"].iloc[carte_c.table.iloc[:, 1].argmax()]).sum()}} sur la carte C. Aucune part n'a bougé : la carte argumente. Chez vous, comptez.
#
# **Ce qu'on ne peut pas dire.** Laquelle est « vraie ». Chacune en cache une part ; le tableau, sous la carte, donne chaque valeur publiée.

# %% [markdown] id="carte-mots"
# Une carte de `datakit` vient toujours avec ses mots, pour qui ne la voit pas, et avec son tableau :

# %% id="carte-mots-cellule"
print(carte_a.alt)
show(carte_a.table.head(3), "Le tableau de la carte, premières lignes", labels=carte_a.labels)

# %% [markdown] id="carte-mots-lecture"
# {{exercice E27}} · {{exercice E32}}

# %% [markdown] id="frontieres" pari=["oui", "non"] minutes=5 slide="slide" late=2
# ## Déplacer les frontières
#
# ◆ **Pour aller plus loin.** Une grille fictive : seize cellules de même population, et leur taux en %. On les regroupe par lignes, ou par colonnes. **Votre pari ?** Le maximum change-t-il ?

# %% id="frontieres-cellule"
from datakit import exercise_table

grille = exercise_table("lecon_grille")
maximums = pd.Series({"par lignes": grille.mean(axis=1).max(), "par colonnes": grille.mean(axis=0).max()}, name="taux")
bars(maximums, "taux", unit="%", title="Le quartier le plus élevé, selon la frontière", labels=grille.attrs["labels"])

# %% [markdown] id="frontieres-lecture"
# **Ce qu'on lit.** De 59 à 29 : les données n'ont pas changé, les frontières si. C'est l'effet de zonage, que les géographes nomment MAUP.
#
# **Ce qu'on ne peut pas dire.** Quel découpage est neutre : aucun.
#
# {{exercice E34}} · {{exercice E33}}

# %% [markdown] id="dedans" pari=["oui", "non", "cela dépend"] minutes=5 slide="slide" late=2
# ## Dedans, dehors, sur la limite
#
# **Votre pari ?** Un équipement de l'autre côté de la rue : est-il « dans » le quartier ? **Cette cellule reste à Orvanche**, dont les équipements sont tous placés.

# %% id="dedans-cellule"
from datakit import load_points, load_qpv, locate

equipements = load_points("equipements", depot="ecole")
ou = locate(equipements, load_qpv(2024, depot="ecole"), near_m=30)
comptes = ou["status"].value_counts().sort_index().rename("équipements")
show(comptes, "Les équipements d'Orvanche, à 30 mètres près", labels=ou.attrs["labels"])

# %% [markdown] id="dedans-lecture"
# **Ce qu'on lit.** {{calcul comptes["limite"]}} équipements sont à moins de 30 mètres d'un contour, et {{calcul comptes["dedans"]}} franchement dedans. Un simple « oui ou non » trancherait à leur place. Ceux dont l'adresse est trop vague restent **indéterminés**. Pour vos propres listes : `datakit locate mes-adresses.csv -o resultat.csv`.
#
# **Ce qu'on ne peut pas dire.** Qui les fréquente. Être hors du quartier n'empêche pas de le servir.

# %% [markdown] id="fiche" minutes=5 slide="slide" late=2
# ## Une première fiche
#
# Tout ce qui précède, en deux pages : des chiffres avec leur année, leur comparateur, leurs réserves. **Votre pari ?** Que dira-t-elle de bien ?

# %% id="fiche-cellule"
from datakit import profile

fiche = profile(milieu)
fiche

# %% [markdown] id="fiche-lecture"
# **Ce qu'on lit.** Un quartier n'est pas qu'un taux. La fiche dit aussi ce qui le met en avant parmi les quartiers comparables, quand les données en montrent. Elle dit enfin ce qu'elle ne sait pas. Pour la garder : `fiche.pdf("fiche.pdf")`, `fiche.html("fiche.html")` ou `fiche.xlsx("fiche.xlsx")`.
#
# **Ce qu'on ne peut pas dire.** Ce que les habitants en pensent. Montrez-la-leur avant de la publier.

# %% [markdown] id="manche" minutes=20 tables=1 slide="slide"
# ## À la table, troisième manche : la carte
#
# 1. **Six minutes.** À côté de quoi montrez-vous votre chiffre ? Choisissez un comparateur, et dites pourquoi.
# 2. **Six minutes.** La carte : à l'écran, ou annotée sur celle du kit. Quelles bornes, et que cachent-elles ?
# 3. **Cinq minutes.** Tirez un évènement. Décidez, payez.
# 4. **Trois minutes.** Le titre de la carte dit le fait. Dessous, les cinq étiquettes.
#
# {{exercice E28}} · {{exercice E27}}

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# Comptez dedans et sur la limite, à 30 mètres près puis à 100 (`near_m=100`). La cellule place les équipements d'Orvanche ; écrivez les quatre nombres. La conclusion tient-elle ? Puis partez d'une liste d'adresses que vous connaissez : crèches, permanences, arrêts. `datakit locate` la place, `export_gis` en fait une carte, à montrer à quelqu'un qui habite là.

# %% id="defi-depart" run="bouton" slide="skip"
from datakit import load_points, load_qpv, locate
from datakit.course.tools import *

contours = load_qpv(2024, depot="ecole")
ou = locate(load_points("equipements", depot="ecole"), contours, near_m=30)
reponse_defi = {
    "dedans à 30 m": ____, "sur la limite à 30 m": ____,
    "dedans à 100 m": ____, "sur la limite à 100 m": ____,
}
print(len(ou), "équipements d'Orvanche sont placés ; la colonne « status » dit où")

# %% id="defi-verification" run="bouton" after="defi-depart" slide="skip"
challenge(5, reponse_defi)

# %% [markdown] id="discussion" slide="slide" late=1
# ## À débattre
#
# - Comparer votre quartier à la commune ou au pays : que raconte chaque choix aux habitants ?
# - Un classement de vos quartiers sort dans la presse : que répondez-vous, avec quelle donnée ?

# %% [markdown] id="points-cles" slide="slide" late=1
# ## Points clés
#
# 1. Le comparateur fait l'histoire : dites lequel, et pourquoi.
# 2. Des taux se pondèrent ; des médianes ne se moyennent pas.
# 3. Un petit effectif se montre avec son intervalle.
# 4. Lisez les bornes avant les couleurs.
# 5. Une carte ne va jamais sans son tableau.

# %% [markdown] id="limites" late=1
# ## Limites
#
# La petite grille est fictive, et les équipements sont ceux d'Orvanche. Les indicateurs viennent du dépôt choisi, avec leurs étiquettes : chez vous, ils sont vrais, et parfois absents.
#
# ## Suite
#
# [Exercices de la séance 5](../exercises/05_analyse.ipynb) · [Séance 6 : l'atelier](06_atelier.ipynb) · [Glossaire](glossaire.ipynb)

# %% [markdown] id="titre" minutes=2
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
# 9. Points clés, limites, suite

# %% [markdown] id="comparer" minutes=8
# ## À côté de quoi ?
#
# Voici le territoire de cette séance :

# %% id="ou-cellule"
from datakit import here

here()

# %% [markdown] id="comparer-pari" pari=["la commune", "l'EPCI", "l'environnement urbain", "la France"]
# **Votre pari ?** Le premier quartier du territoire et son taux : à côté de quoi le montreriez-vous en réunion publique ?

# %% id="comparer-cellule"
from datakit import bars, beside, compare, study

quartiers = study("revenus", "population")
comparateurs = beside(compare(quartiers.index[0], "revenus"))
bars(comparateurs, comparateurs.columns[0], highlight="quartier", title="Le quartier, à côté de quoi ?")

# %% [markdown] id="comparer-lecture"
# **Ce qu'on lit.** Un comparateur, une histoire. L'**environnement urbain** (ce qui entoure les quartiers, sans eux) est souvent le plus juste : mêmes loyers, mêmes transports. S'il en manque un, la réserve sous le graphique dit pourquoi : on ne l'invente pas.
#
# **Ce qu'on ne peut pas dire.** Que l'écart mesure un échec : on a choisi le quartier parce que ses revenus étaient bas.
#
# {{exercice E28}}

# %% [markdown] id="repartition" pari=["groupés", "étalés"] minutes=5 slide="slide" late=1
# ## Une répartition plutôt qu'un rang
#
# **Votre pari ?** Dans le territoire, les quartiers sont-ils groupés ou étalés ?

# %% id="repartition-cellule"
from datakit import distribution

distribution(quartiers, "taux_pauvrete")

# %% [markdown] id="repartition-lecture"
# **Ce qu'on lit.** L'étendue, la médiane, et la bande grise où se tient la moitié des quartiers. Personne n'est « premier » ni « dernier ».
#
# **Ce qu'on ne peut pas dire.** Qu'un écart de deux points entre deux quartiers veut dire quelque chose.

# %% [markdown] id="ponderer" pari=["oui", "non, plus haut", "non, plus bas"] minutes=6 slide="slide" late=1
# ## Une moyenne de taux n'est pas un taux
#
# **Votre pari ?** Des quartiers de tailles différentes. La moyenne de leurs taux est-elle le taux de l'ensemble ?

# %% id="ponderer-cellule"
from datakit import aggregate

poids = quartiers.attrs["poids"]
ensemble = aggregate(quartiers, "taux_pauvrete", poids)
simple = quartiers["taux_pauvrete"].mean()
print(f"moyenne des taux : {simple:.1f} %".replace(".", ","))
print(f"taux de l'ensemble : {ensemble.value:.1f} %".replace(".", ","))

# %% [markdown] id="ponderer-lecture"
# **Ce qu'on lit.** Deux nombres, proches ou éloignés selon le territoire : la moyenne simple donne autant de poids au plus petit quartier qu'au plus grand. On ne le sait qu'après avoir pondéré. Dans un fichier réel ({{source occitanie_simple}}), le taux passe de {{chiffre occitanie_simple}} à {{chiffre occitanie_ponderee}}. Une **médiane**, elle, ne se moyenne jamais :

# %% id="ponderer-refus"
from datakit import errors

try:
    aggregate(quartiers, "niveau_vie_median", poids)
except errors.UnsafeOperation as refus:
    print(refus)

# %% [markdown] id="ponderer-refus-lecture"
# **Ce qu'on lit.** Un refus, sa raison, et le bon chemin. Un calcul qui trompe ne passe pas en silence.
#
# {{exercice E29}}

# %% [markdown] id="effectifs" minutes=6 slide="slide" late=1
# ## Petits effectifs
#
# Trois enquêtes trouvent 40 %. **Votre pari ?** De combien chacune peut-elle se tromper ?

# %% id="effectifs-cellule"
from datakit import rate

for nombre, total in [(4, 10), (40, 100), (400, 1000)]:
    r = rate(nombre, total)
    print(f"{nombre} sur {total} : de {r.low:.1f} à {r.high:.1f} %".replace(".", ","))

# %% [markdown] id="effectifs-lecture"
# **Ce qu'on lit.** Le même taux, trois certitudes. Sous {{chiffre prudence_recensement}} personnes, un effectif du recensement se manie avec précaution.
#
# **Ce qu'on ne peut pas dire.** Qu'un petit quartier est « extrême » : un taux fiscal exhaustif ne tremble pas comme un sondage. Il faut savoir d'où vient le chiffre.
#
# {{exercice E30}} · {{exercice E31}}

# %% [markdown] id="decoupages" pari=["presque tous", "la moitié environ", "presque aucun"] minutes=5 slide="slide" late=1
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

# %% [markdown] id="decoupages-refus"
# Et si l'on compare quand même les deux listes ?

# %% id="decoupages-refus-cellule"
from datakit import change, load_indicators

try:
    change(load_indicators("revenus", geography=2015), load_indicators("revenus", geography=2024))
except errors.DatakitError as refus:
    print(refus)

# %% [markdown] id="decoupages-lecture"
# **Ce qu'on lit.** Seuls les quartiers au contour inchangé se suivent d'une liste à l'autre. Pour les autres, comparer les deux taux, ce serait comparer deux lieux : la machine refuse, et dit pourquoi. Chez vous, si l'un des deux fichiers manque, c'est cela qu'elle dit.
#
# **Ce qu'on ne peut pas dire.** Que rien n'a changé dans un quartier au même contour : ses habitants, eux, ont bougé.

# %% [markdown] id="cartes" pari=["oui", "non"] minutes=8 slide="slide"
# ## Trois cartes, les mêmes données
#
# **Votre pari ?** Les mêmes taux, trois découpages en classes : verra-t-on la même carte ?
#
# **Carte A**, effectifs égaux : autant de quartiers par couleur.

# %% id="carte-a"
from datakit import choropleth

choropleth(quartiers, "taux_pauvrete", classes=4, method="quantiles")

# %% [markdown] id="carte-b-texte"
# **Carte B**, intervalles égaux : des bornes régulières.

# %% id="carte-b"
choropleth(quartiers, "taux_pauvrete", classes=4, method="intervalles_egaux")

# %% [markdown] id="carte-c-texte"
# **Carte C**, seuils naturels : des coupures là où il y a des trous.

# %% id="carte-c"
choropleth(quartiers, "taux_pauvrete", classes=4, method="jenks")

# %% [markdown] id="cartes-lecture"
# **Ce qu'on lit.** Les bornes, d'abord. Des quartiers changent de couleur sans qu'aucun taux ait bougé : la carte argumente.
#
# **Ce qu'on ne peut pas dire.** Laquelle est « vraie ». Chacune en cache une part ; le tableau, sous la carte, ne cache rien.

# %% [markdown] id="carte-mots"
# Une carte de `datakit` vient toujours avec ses mots, pour qui ne la voit pas, et avec son tableau :

# %% id="carte-mots-cellule"
carte = choropleth(quartiers, "taux_pauvrete", classes=4, method="quantiles")
print(carte.alt)
show(carte.table.head(3), "Le tableau de la carte, premières lignes", labels=carte.labels)

# %% [markdown] id="carte-mots-lecture"
# {{exercice E27}} · {{exercice E32}}

# %% [markdown] id="frontieres" pari=["oui", "non"] minutes=5 slide="slide" late=1
# ## Déplacer les frontières
#
# ◆ **Pour aller plus loin.** Une grille fictive : seize cellules de même population, et leur taux en %. On les regroupe par lignes, par colonnes, ou par blocs. **Votre pari ?** Le maximum change-t-il ?

# %% id="frontieres-cellule"
from datakit import exercise_table

grille = exercise_table("grille")
blocs = [grille.iloc[i:i+2, j:j+2].to_numpy().mean() for i in (0, 2) for j in (0, 2)]
for nom, moyennes in [("blocs", blocs), ("lignes", grille.mean(axis=1)), ("colonnes", grille.mean(axis=0))]:
    print(f"maximum par {nom} : {max(moyennes):.2f} %".replace(".", ","))

# %% [markdown] id="frontieres-lecture"
# **Ce qu'on lit.** De 56,25 à 37,5 : les données n'ont pas changé, les frontières si. C'est l'effet de zonage (MAUP).
#
# **Ce qu'on ne peut pas dire.** Quel découpage est neutre : aucun.
#
# {{exercice E34}} · {{exercice E33}}

# %% [markdown] id="dedans" pari=["oui", "non", "cela dépend"] minutes=5 slide="slide" late=1
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
# **Ce qu'on lit.** Autant d'équipements peuvent être à moins de 30 mètres d'un contour que franchement dedans : un simple « oui ou non » trancherait à leur place. Ceux dont l'adresse est trop vague restent **indéterminés**. Pour vos propres listes : `datakit locate mes-adresses.csv -o resultat.csv`.
#
# **Ce qu'on ne peut pas dire.** Qui les fréquente. Être hors du quartier n'empêche pas de le servir.

# %% [markdown] id="fiche" minutes=5 slide="slide" late=1
# ## Une première fiche
#
# Tout ce qui précède, en deux pages : des chiffres avec leur année, leur comparateur, leurs réserves. **Votre pari ?** Que dira-t-elle de bien ?

# %% id="fiche-cellule"
from datakit import profile

fiche = profile(quartiers.index[0])
fiche

# %% [markdown] id="fiche-lecture"
# **Ce qu'on lit.** Un quartier n'est pas qu'un taux : la fiche dit aussi ce qui le met en avant parmi les quartiers comparables, quand les données en montrent, et ce qu'elle ne sait pas. Pour la garder : `fiche.pdf("fiche.pdf")`, `fiche.html("fiche.html")` ou `fiche.xlsx("fiche.xlsx")`.
#
# **Ce qu'on ne peut pas dire.** Ce que les habitants en pensent. Montrez-la-leur avant de la publier.

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# Partez d'une liste d'adresses que vous connaissez (crèches, permanences, arrêts). Placez-la avec `datakit locate`, comptez dedans, dehors et sur la limite, puis refaites le compte à 100 mètres près (`near_m=100`). La conclusion tient-elle ? Ajoutez `export_gis` et montrez la carte à quelqu'un qui habite là.

# %% [markdown] id="discussion" slide="slide"
# ## À débattre
#
# - Comparer votre quartier à la commune ou au pays : que raconte chaque choix aux habitants ?
# - Un classement de vos quartiers sort dans la presse : que répondez-vous, avec quelle donnée ?

# %% [markdown] id="points-cles" slide="slide"
# ## Points clés
#
# 1. Le comparateur fait l'histoire : dites lequel, et pourquoi.
# 2. Des taux se pondèrent ; des médianes ne se moyennent pas.
# 3. Un petit effectif se montre avec son intervalle.
# 4. Lisez les bornes avant les couleurs.
# 5. Une carte ne va jamais sans son tableau.

# %% [markdown] id="limites"
# ## Limites
#
# La petite grille est fictive, et les équipements sont ceux d'Orvanche. Les indicateurs viennent du dépôt choisi, avec leurs étiquettes : chez vous, ils sont vrais, et parfois absents.
#
# ## Suite
#
# [Exercices de la séance 5](../exercises/05_analyse.ipynb) · [Séance 6 : l'atelier](06_atelier.ipynb) · [Glossaire](glossaire.ipynb)

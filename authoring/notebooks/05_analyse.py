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
# 4. Trois cartes, les mêmes données
# 5. Déplacer les frontières
# 6. Points clés, limites, suite

# %% [markdown] id="comparer" minutes=8
# ## À côté de quoi ?
#
# **Votre pari ?** Un taux de pauvreté de 46 % : comparé à quoi le montreriez-vous en réunion publique ?

# %% id="comparer-cellule"
from datakit import bars, exercise_table

comparateurs = exercise_table("comparateurs")
bars(comparateurs, "taux_pauvrete", unit="%", highlight="quartier")

# %% [markdown] id="comparer-lecture"
# **Ce qu'on lit.** Trois comparateurs, trois histoires. L'**environnement urbain** (ce qui entoure les quartiers, sans eux) est souvent le plus juste : mêmes loyers, mêmes transports.
#
# **Ce qu'on ne peut pas dire.** Que l'écart mesure un échec : on a choisi le quartier parce que ses revenus étaient bas.
#
# {{exercice E28}}

# %% [markdown] id="repartition" minutes=5 slide="slide" late=1
# ## Une répartition plutôt qu'un rang
#
# **Votre pari ?** Dans le territoire, les quartiers sont-ils groupés ou étalés ?

# %% id="repartition-cellule"
from datakit import distribution, study

quartiers = study("revenus")
distribution(quartiers, "taux_pauvrete")

# %% [markdown] id="repartition-lecture"
# **Ce qu'on lit.** L'étendue, la médiane, la moitié centrale. Personne n'est « premier » ni « dernier ».
#
# **Ce qu'on ne peut pas dire.** Qu'un écart de deux points entre deux quartiers veut dire quelque chose.

# %% [markdown] id="ponderer" minutes=6 slide="slide" late=1
# ## Une moyenne de taux n'est pas un taux
#
# **Votre pari ?** Six quartiers de tailles différentes. La moyenne de leurs taux est-elle le taux de l'ensemble ?

# %% id="ponderer-cellule"
six = exercise_table("six_quartiers")
simple = six["taux_pauvrete"].mean()
ensemble = (six["taux_pauvrete"] * six["habitants"]).sum() / six["habitants"].sum()
print(f"moyenne des taux : {simple:.1f}   taux de l'ensemble : {ensemble:.1f}".replace(".", ","))

# %% [markdown] id="ponderer-lecture"
# **Ce qu'on lit.** Plus de sept points d'écart, parce que les grands quartiers ont ici les taux les plus élevés. Une **médiane**, elle, ne se moyenne jamais : `aggregate` de `datakit` le refuse.
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

# %% [markdown] id="cartes" minutes=8 slide="slide"
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
#
# {{exercice E27}} · {{exercice E32}}

# %% [markdown] id="frontieres" minutes=5 slide="slide" late=1
# ## Déplacer les frontières
#
# ◆ **Pour aller plus loin.** Seize cellules de même population. On les regroupe par lignes, par colonnes, ou par blocs. **Votre pari ?** Le maximum change-t-il ?

# %% id="frontieres-cellule"
grille = exercise_table("grille")
blocs = [grille.iloc[i:i+2, j:j+2].to_numpy().mean() for i in (0, 2) for j in (0, 2)]
print("blocs :", max(blocs), " lignes :", grille.mean(axis=1).max(), " colonnes :", grille.mean(axis=0).max())

# %% [markdown] id="frontieres-lecture"
# **Ce qu'on lit.** De 56,25 à 37,5 : les données n'ont pas changé, les frontières si. C'est l'effet de zonage (MAUP).
#
# **Ce qu'on ne peut pas dire.** Quel découpage est neutre : aucun.
#
# {{exercice E34}} · {{exercice E33}}

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
# Les petits tableaux sont fictifs ; les indicateurs du territoire viennent du dépôt choisi, avec leurs étiquettes.
#
# ## Suite
#
# [Exercices de la séance 5](../exercises/05_analyse.ipynb) · [Séance 6 : l'atelier](06_atelier.ipynb) · [Glossaire](glossaire.ipynb)

# %% [markdown] id="titre" minutes=1
# # 4 · Publier sans nuire
#
# Un tableau peut trahir quelqu'un sans le nommer, et une carte peut blesser sans mentir. Cette séance apprend à voir les deux, et à les éviter.
#
# {{encadre}}
#
# **Sommaire**
#
# 1. Désigner directement, indirectement, ou plus du tout
# 2. Le seuil, et ce qu'il ne protège pas
# 3. Deux découpages presque pareils
# 4. Reconnaître une habitante fictive
# 5. Les mots et les cartes
# 6. La grille des dix questions
# 7. À la table : le cadre
# 8. Points clés, limites, suite

# %% [markdown] id="trois-etats" pari=["oui", "non"] minutes=6 late=2
# ## Désigner directement, indirectement, ou plus du tout
#
# **Votre pari ?** On remplace les noms par des numéros. Le fichier est-il anonyme ?
#
# Trois tests. Si l'un réussit, la donnée **n'est pas** anonyme :
#
# 1. **isoler** : peut-on désigner une personne dans le fichier ?
# 2. **relier** : peut-on rapprocher deux lignes, deux fichiers, sur la même personne ?
# 3. **deviner** : peut-on déduire quelque chose d'elle ?
#
# **Ce qu'on lit.** Non. Une donnée est **personnelle** dès qu'elle permet d'identifier quelqu'un, *directement* (un nom) ou *indirectement* (un numéro, un croisement d'indices) : c'est l'article 4 du RGPD. *Pseudonymiser*, c'est mettre un numéro à la place du nom : la donnée reste personnelle, et le RGPD s'y applique en entier.
#
# **Ce qu'on ne peut pas dire.** Qu'un fichier est anonyme parce qu'il en a l'air : il faut avoir essayé les trois tests.
#
# {{exercice E19}}

# %% [markdown] id="seuil" minutes=7 slide="slide"
# ## Le seuil, et ce qu'il ne protège pas
#
# Les données fiscales sur les ménages ne se publient qu'à partir de {{chiffre seuil_fiscal}} ménages ({{source seuil_fiscal}}). Pour les entreprises, il en faut {{chiffre seuil_entreprises}}, et aucune ne doit peser plus de {{chiffre seuil_dominance}} de la case. Source : {{source seuil_dominance}}.
#
# Voici un tableau fictif de ménages. Une case est sous le seuil : on l'a masquée.

# %% id="seuil-tableau"
from datakit import exercise_table, secrecy, show

ages = {"moins_25": "Moins de 25 ans", "25_59": "25 à 59 ans", "60_plus": "60 ans et plus"}
publie = exercise_table("lecon_masques")
show(publie.rename(columns=ages), "Ménages par secteur et par âge, une case masquée", missing="secret")

# %% [markdown] id="seuil-pari" pari=["oui", "non"]
# **Votre pari ?** La case est-elle protégée ? Prenez un crayon : trente secondes.

# %% id="seuil-attaque"
ligne_c = publie.loc["C"]
print("À la main :", int(ligne_c["Ensemble"] - ligne_c["moins_25"] - ligne_c["25_59"]))
trouve = secrecy.attack(publie).iloc[0]
print(f"datakit, qui attaque tout le tableau : entre {trouve['low']:.0f} et {trouve['high']:.0f}")

# %% [markdown] id="seuil-lecture"
# **Ce qu'on lit.** Le total, moins les cases visibles, redonne la case cachée. Il faut en masquer **d'autres**. Une ligne ou une colonne qui cache une case doit en cacher au moins deux : c'est le **secret secondaire**.
#
# **Ce qu'on ne peut pas dire.** Que deux cases par ligne suffisent toujours : on peut parfois encadrer de très près ce qui est caché. C'est pourquoi `datakit` **calcule** ce qu'un lecteur pourrait déduire.
#
# > **Le fil du bus.** Deux montées à cinq heures, à un arrêt isolé : tout le voisinage sait qui. À Orvanche, l'opérateur cache les montées de 1 à 4.

# %% [markdown] id="seuil-fichier"
# Même chose dans un fichier publié : les demandeurs d'emploi d'Orvanche par niveau d'études. On y cherche les quartiers dont **une seule** case est vide.

# %% id="seuil-fichier-cellule"
from datakit import load_indicators

emploi = load_indicators("emploi", geography=2015, release=2022, depot="ecole")
niveaux = [f"demandeurs_emploi_abc_{niveau}" for niveau in ("inf_cap", "cap", "bac", "sup_bac")]
seule = emploi.loc[emploi[niveaux].isna().sum(axis=1) == 1, ["demandeurs_emploi_abc", *niveaux]]
comptes = seule[niveaux].sum(axis=1).rename("cases remplies").to_frame()
comptes.insert(0, "inscrits en tout", seule["demandeurs_emploi_abc"])
comptes["case vide"] = comptes["inscrits en tout"] - comptes["cases remplies"]
show(comptes, "Une soustraction suffit", labels=emploi.attrs["labels"])

# %% [markdown] id="seuil-fichier-lecture"
# **Ce qu'on lit.** Le total de la ligne suffit à la retrouver. C'est la seule case qu'Orvanche laisse retrouver, exprès. Ailleurs, d'autres cases ont été vidées pour qu'aucune soustraction n'aboutisse.

# %% [markdown] id="proteger"
# `secrecy.protect` masque le moins possible, et le prouve :

# %% id="proteger-cellule"
protege = secrecy.protect(exercise_table("lecon_effectifs"), "fiscal")
show(protege.table.rename(columns=ages), "Le même tableau, protégé", missing="secret")

# %% id="proteger-preuve"
encadre = protege.bounds.rename(columns={"low": "au moins", "high": "au plus"}).rename(ages)
encadre.index = encadre.index.map(" · ".join).rename("Secteur · âge")
show(encadre, "Ce qu'un lecteur habile peut encore déduire", labels=protege.table.attrs["labels"])

# %% [markdown] id="proteger-lecture"
# **Ce qu'on lit.** Quatre cases secrètes au lieu d'une : c'est le prix. Pour chacune, un lecteur hésite entre des valeurs assez éloignées. On masque **avant** de publier, jamais après.
#
# **Ce qu'on ne peut pas dire.** Que le tableau restera protégé si quelqu'un publie demain le même, par rue.
#
# {{exercice E22}} · {{exercice E23}}

# %% [markdown] id="lecteurs" minutes=4 late=2
# ### Protégé de qui ?
#
# « Protégé » ne veut rien dire tant qu'on ne dit pas **de quel lecteur**. Voici les ménages des quartiers d'Orvanche, par type : on écrit le fichier, comme pour le publier, et on le vérifie. **Cette cellule reste à Orvanche.**

# %% id="lecteurs-fichier"
from tempfile import mkdtemp

import pandas as pd
from datakit import load_microdata

menages = load_microdata("menages").query("champ_fiscal")
tableau = pd.crosstab(menages["code_qp_2024"], menages["type_menage"], margins=True, margins_name="Ensemble")
fichier = f"{mkdtemp()}/types.csv"
tableau.to_csv(fichier, sep=";")
rapport = secrecy.check_file(fichier, "fiscal")

# %% [markdown] id="lecteurs-pari" pari=["oui", "non"]
# Le premier lecteur additionne et soustrait. Le deuxième sait qu'un ménage ne se coupe pas en deux. Le troisième connaît la règle, et ce que le logiciel préfère masquer. **Votre pari ?** Le fichier masqué résiste-t-il aux trois ?

# %% id="lecteurs-verdicts"
print(f"Sous le seuil : {len(rapport.leaks)} cases. Masquées en tout : {rapport.hidden}")
verdicts = rapport.verdicts.rename({"regle": "règle", "annee": "année", "geographie": "géographie"})
show(verdicts, "Ce que chaque lecteur peut du fichier masqué", labels=menages.attrs["labels"] | {"champ": "ménages du champ fiscal"})

# %% [markdown] id="lecteurs-lecture"
# **Ce qu'on lit.** Rien à craindre des deux premiers : le fichier écrit a été relu et attaqué. Du troisième, si : on n'a pas trouvé d'autre tableau, assez différent, où le logiciel aurait masqué les mêmes cases. Les trois derniers n'ont pas été essayés : il leur faut un second tableau, qu'on n'a pas donné. **Non essayé n'est pas protégé.**
#
# Masquer davantage coûterait cher. Regroupons plutôt :

# %% id="lecteurs-regrouper"
tableau["autre ou monoparentale"] = tableau.pop("autre") + tableau.pop("famille monoparentale")
tableau.to_csv(fichier, sep=";")
print("Cases à masquer :", secrecy.check_file(fichier, "fiscal").hidden)

# %% [markdown] id="lecteurs-suite"
# **Ce qu'on ne peut pas dire.** Qu'aucun lecteur ne fera mieux : le rapport nomme ceux qu'il a essayés, et ceux-là seulement.

# %% [markdown] id="differenciation" pari=["oui", "non"] minutes=5 slide="slide" late=2
# ## Deux découpages presque pareils
#
# Un IRIS compte 418 ménages. Le quartier qu'il contient en compte 413. Les deux tableaux sont publiables. **Votre pari ?** Ensemble aussi ?

# %% id="differenciation-calcul"
zones = exercise_table("lecon_zonages")
zones["difference"] = zones["menages_iris"] - zones["menages_qpv"]
zones.columns = ["ménages de l'IRIS", "ménages du quartier", "différence"]
show(zones, "Deux zonages, une soustraction : les ménages du bord")

# %% [markdown] id="differenciation-lecture"
# **Ce qu'on lit.** En Z1, la soustraction isole 5 ménages : la règle en demande {{chiffre seuil_fiscal}}. En Z2, elle ne désigne personne ; en Z3, ils sont assez nombreux. La même attaque marche dans le temps (deux millésimes) et entre partenaires (une caisse et un bailleur).
#
# Et dans un vrai découpage ? Orvanche a deux listes de quartiers, 2015 et 2024. Comptons les mêmes ménages, la même année, dans les deux contours. **Cette cellule reste à Orvanche.**

# %% id="differenciation-orvanche"
from datakit import load_microdata

menages = load_microdata("menages")
morceaux = secrecy.differencing(menages["code_qp_2015"], menages["code_qp_2024"], menages["champ_fiscal"])
morceaux = morceaux.loc[morceaux["exact"], ["zone_a", "zone_b", "effectif"]]
morceaux.columns = ["quartier de 2015", "quartier de 2024", "ménages isolés"]
show(morceaux.set_index("quartier de 2015"), "Ce qu'une soustraction retrouve", labels=menages.attrs["labels"] | {"champ": "ménages du champ fiscal"})

# %% [markdown] id="differenciation-orvanche-lecture"
# **Ce qu'on lit.** En 2024, un quartier a été retouché : il a perdu un seul îlot. Le tableau de 2015 moins celui de 2024 isole ses {{calcul morceaux["ménages isolés"].sum()}} ménages : moins que les {{chiffre seuil_fiscal}} de la règle. Chacun des deux tableaux était pourtant publiable.
#
# **Ce qu'on ne peut pas dire.** Qui publiera demain le tableau qui manque à l'attaque. Il faut se coordonner.
#
# {{exercice E26}}

# %% [markdown] id="reidentifier" pari=["une seule", "une dizaine", "une centaine"] minutes=7 slide="slide" late=2
# ## Reconnaître quelqu'un sans son nom
#
# Un fichier de toute la population d'Orvanche, sans aucun nom. Vous connaissez la doyenne (inventée, comme les autres) : son âge, et l'IRIS où elle vit. **Votre pari ?** Combien de lignes lui correspondent ?

# %% id="reidentifier-doyenne"
from datakit import load_microdata

individus = load_microdata("individus").drop(columns=["id_individu", "id_menage"])
doyenne = individus[individus["sexe"] == "F"].sort_values("age").iloc[-1]
su = {"IRIS": doyenne["code_iris"], "âge": int(doyenne["age"]), "sexe": "F"}
mots = {"code_iris": "IRIS", "age": "âge", "sexe": "sexe", "diplome": "diplôme", "activite": "activité"}
print(secrecy.reidentify(individus[list(mots)].rename(columns=mots), su))

# %% [markdown] id="reidentifier-k"
# Est-elle une exception ? Comptons les personnes seules de leur âge et de leur sexe dans leur IRIS :

# %% id="reidentifier-exceptions"
import pandas as pd

groupes = individus.groupby(["code_iris", "age", "sexe"]).size()
compte = pd.Series({"toute la population": len(individus), "seules de leur âge et de leur sexe dans leur IRIS": (groupes == 1).sum()})
show(compte.rename("personnes"), "Combien de personnes uniques ?", labels=individus.attrs["labels"])

# %% [markdown] id="reidentifier-table"
# **Ce qu'on lit.** Moins de cinq personnes sur mille. Mais celles-là, trois réponses suffisent à les retrouver : la doyenne en fait partie.
#
# Une autre table, plus petite et plus bavarde : quarante habitants inventés, leur âge, leur îlot, l'aide qu'ils reçoivent.

# %% id="reidentifier-calcul"
habitants = exercise_table("habitants")
groupes = habitants.groupby(["age", "ilot"]).size()
print(f"{(groupes == 1).sum()} personnes sur {len(habitants)} sont seules de leur âge dans leur îlot")
print("k =", secrecy.k_anonymity(habitants, ["age", "ilot"]))
print("l =", secrecy.l_diversity(habitants, ["age", "ilot"], "aide"))

# %% [markdown] id="reidentifier-lecture"
# **Ce qu'on lit.** Dans cette petite table, presque chacun est unique, sans aucun nom : plus la table est courte et le lieu étroit, plus on reconnaît. **k** mesure cela : c'est la taille du plus petit groupe qui se ressemble. Et même dans un groupe, si tous reçoivent la même aide, on devine : **l** compte les valeurs différentes.
#
# **Ce qu'on ne peut pas dire.** Qu'un grand k protège de tout. Plus on généralise, plus on protège, et moins on apprend.
#
# {{exercice E25}}

# %% [markdown] id="mots" minutes=8 slide="slide" late=2
# ## Les mots et les cartes
#
# | Au lieu de… | Écrire… | Parce que |
# |---|---|---|
# | un adjectif qui juge | le fait mesuré, avec ses étiquettes | l'adjectif ne se vérifie pas |
# | un palmarès | la répartition et le comparateur | un rang cache les écarts |
# | du rouge pour le haut | une palette neutre, des hachures pour le manque | la couleur juge avant le chiffre |
# | le seul déficit | le déficit **et** un atout (jeunesse, associations, équipements) | un quartier n'est pas un manque |
# | un nom de quartier dans le titre | le nom, seulement s'il sert à agir | un nom colle longtemps |
#
# Une carte se réécrit comme une phrase. **Votre pari ?** Que changeriez-vous à celle-ci, parue dans un journal inventé : fond rouge, titre « Les quartiers qui décrochent », ni année, ni source, tous les noms en gras ? **La voici réécrite**, sur le territoire de la séance :

# %% id="ou-cellule"
from datakit import here

here()

# %% id="carte-reecrite"
from datakit import choropleth, study

quartiers = study("revenus")
choropleth(quartiers, "taux_pauvrete", title="Taux de pauvreté : des quartiers choisis pour leurs bas revenus, et différents")

# %% [markdown] id="carte-reecrite-lecture"
# **Ce qu'on lit.** Un titre qui dit le fait et sa raison ; une palette sans rouge ; des bornes écrites ; cinq étiquettes ; un tableau pour qui ne voit pas la carte. Les noms aident à se repérer, sans gras ni rang.
#
# **Ce qu'on ne peut pas dire.** Qu'elle ne blessera personne. Il reste une question à poser à quelqu'un du quartier : *la liriez-vous sans honte ?*
#
# ### Origines : la règle du cours
#
# Le Conseil constitutionnel l'a dit en 2007 : une étude sur la diversité peut porter sur des données objectives. Elle ne peut pas **reposer sur l'origine ethnique ou la race**. Ici, la règle est plus simple : aucun exercice n'utilise le nom, la religion ou l'origine pour expliquer quoi que ce soit. Pour votre cas : votre DPO.
#
# Un indice de fragilité se règle aussi : changer les poids peut changer le premier de la liste. Publier un indice, c'est publier ses poids.
#
# {{exercice E20}} · {{exercice E24}}

# %% [markdown] id="grille" minutes=8 slide="slide" late=2
# ## La grille des dix questions
#
# ● **Sans code.** Répondez oui ou non. Chaque « non » donne la marche à suivre.

# %% id="grille-cellule" form="grille"
from datakit import gate

grille = gate({
    1: "oui", 2: "oui", 3: "oui", 4: "oui", 5: "non",
    6: "oui", 7: "oui", 8: "non", 9: "non", 10: "oui",
})
grille

# %% [markdown] id="grille-lecture"
# **Ce qu'on lit.** Un « non » n'interdit pas : il dit quoi faire avant de publier. Gardez le compte de vos « oui » pour la fiche-projet.
#
# **Ce qu'on ne peut pas dire.** Que dix « oui » suffisent : la grille fait parler, elle n'autorise pas.

# %% [markdown] id="manche" minutes=22 tables=1 slide="slide"
# ## À la table, deuxième manche : le cadre
#
# 1. **Six minutes.** Les cartes E19, à voix haute : une personne lit, les autres tranchent.
# 2. **Cinq minutes.** La carte E21 : quelles cases ne sortent pas ?
# 3. **Cinq minutes.** Tirez un évènement. Décidez, payez.
# 4. **Six minutes.** La grille des dix questions, puis trois clauses : finalité, durée, restitution.
#
# {{exercice E19}} · {{exercice E21}}

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# Attaquez un de vos tableaux avant qu'un autre ne le fasse. La cellule en montre un petit, à défaut : `tableau.to_csv("mon-tableau.csv")` l'écrit. Dans un terminal, `datakit secrecy check mon-tableau.csv --rule fiscal` dit quelles cases la règle interdit. Masquez, et vérifiez : une seule case retrouvée, et le tableau ne sort pas.

# %% id="defi-depart" run="bouton" slide="skip"
from datakit import exercise_table, secrecy
from datakit.course.tools import challenge

tableau = exercise_table("lecon_effectifs")
tableau

# %% id="defi-verification" run="bouton" after="defi-depart" slide="skip"
challenge(4, "mon-tableau.csv")

# %% [markdown] id="discussion" slide="slide" late=1
# ## À débattre
#
# - Accepteriez-vous de publier un indicateur qui donne une mauvaise image du quartier ? À quelles conditions ?
# - Faut-il montrer la carte au carreau à la réunion publique ?
# - Que refusez-vous de croiser, même si c'est légal ?

# %% [markdown] id="points-cles" slide="slide" late=1
# ## Points clés
#
# 1. Sans nom ne veut pas dire anonyme : isoler, relier, deviner.
# 2. Un seuil cache une case ; les totaux permettent de la retrouver. Il faut un secret secondaire.
# 3. Deux publications justes peuvent, ensemble, trahir.
# 4. Une carte argumente : ses mots, ses couleurs et ses bornes se choisissent.
# 5. Dix questions avant de publier.

# %% [markdown] id="limites" late=1
# ## Limites
#
# Cette séance donne des réflexes, pas un avis juridique. Les seuils diffèrent selon les sources ; `datakit` les porte dans son catalogue.
#
# ## Suite
#
# [Exercices de la séance 4](../exercises/04_ethique.ipynb) · [Séance 5 : l'analyse](05_analyse.ipynb) · [Glossaire](glossaire.ipynb)

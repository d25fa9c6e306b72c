# %% [markdown] id="titre" minutes=2
# # 7 · Ce qui a changé, et le premier pas
#
# La journée finit par un appel à passer, une date, et une limite à dire. D'abord : avez-vous changé d'avis ?
#
# {{encadre}}
#
# **Sommaire**
#
# 1. Les cinq affirmations, une dernière fois
# 2. La question de neuf heures
# 3. Ce que les données n'ont pas dit
# 4. Un pas, une date
# 5. Votre retour sur la journée
# 6. Continuer chez soi
# 7. Points clés, limites, suite

# %% [markdown] id="affirmations" pari=["aucun", "un ou deux", "trois ou plus"] minutes=8
# ## Les cinq affirmations, une dernière fois
#
# **Votre pari ?** Combien de vos avis du matin ont changé ?
#
# {{exercice E36}}
#
# Et voici où vous en êtes :

# %% id="progression"
from datakit import progress

progress()

# %% [markdown] id="progression-lecture"
# **Ce qu'on lit.** Les exercices faits, ceux qui restent, le temps qu'ils prennent. Rien n'est noté, rien n'est envoyé : le carnet reste sur votre ordinateur.
#
# **Ce qu'on ne peut pas dire.** Si vous saurez le refaire demain : pour cela, il y a le premier pas, plus bas.

# %% [markdown] id="bus" pari=["oui", "non"] late=1
# ## La question de neuf heures : qui attend le bus, et où ?
#
# **Cette cellule reste à Orvanche.** L'opérateur donne ses montées par arrêt, et cache celles de 1 à 4. Une enquête dirait qui part avant six heures : à Orvanche, on le sait. Sous onze personnes, nous cachons la case.
#
# **Votre pari ?** Là où personne ne monte avant six heures, personne ne part ?

# %% id="bus-cellule"
from datakit import load_microdata, load_qpv, locate, show

zones, arrets, individus = load_qpv(2024, depot="ecole"), load_microdata("arrets"), load_microdata("individus")
arrets["quartier"] = locate(arrets, zones, near_m=300)["code_qp"].to_numpy()
bus = arrets.groupby("quartier").agg({"premier_bus": "min", "montees_avant_6h": "sum"})
tot = individus[individus["part_avant_6h"] & (individus["trajet_travail"] == "transports en commun")]
bus["departs"] = tot.groupby("code_qp_2024", observed=True).size()[lambda n: n >= 11]
bus.insert(0, "nom", zones.set_index("code_qp")["lib_qp"])
bus.columns = ["nom", "premier bus", "montées avant six heures, au moins", "personnes parties avant six heures, en bus"]
show(bus, "Près de chaque quartier, un jour ouvré de 2021", missing="secret", labels=arrets.attrs["labels"])

# %% [markdown] id="bus-lecture"
# **Ce qu'on lit.** Dans {{calcul (bus["premier bus"] >= "06:00").sum()}} quartiers, le premier bus passe après six heures. Aucune montée, et pourtant {{calcul bus.loc[bus["premier bus"] >= "06:00"].iloc[:, 3].sum()}} personnes y partent avant six heures et vont au travail en bus. Zéro montée n'est pas zéro besoin : le fichier compte l'usage. Ces personnes rejoignent sans doute un arrêt plus lointain ; aucune table ne dit lequel. Le total n'est pas donné : moins les autres cases, il rendrait la case secrète.
#
# **La réponse, à porter au conseil.** Qui ? Dans les quartiers, plus de {{calcul len(tot.dropna(subset="code_qp_2024")) // 100 * 100}} personnes, dont {{calcul 100 * (tot.dropna(subset="code_qp_2024")["sexe"] == "F").mean()}} % de femmes. Où ? D'abord là où le bus ne passe pas encore : La Corderie Est et Le Clos Fleuri. Quoi ? Avancer une ligne, pour un essai. Avec qui ? L'opérateur, un employeur, les personnes concernées.
#
# **Ce qu'on ne peut pas dire.** Ailleurs qu'à Orvanche, qui part, et pourquoi : demandez-le à l'arrêt.
#
# La même réponse tient en deux pages, à porter au conseil : `imprimer/note-conseil.pdf`, dans le dossier de `datakit export`. Une question, une réponse, une carte, un tableau, une décision, et ce qu'on ne sait pas.

# %% [markdown] id="limites-donnees" minutes=6 slide="slide"
# ## Ce que les données n'ont pas dit
#
# - **Qui manque** : personnes sans abri, en foyer, domiciliées ailleurs, non-répondantes.
# - **Quand** : les revenus décrivent souvent une année vieille de trois ans ou plus.
# - **Où** : deux périmètres, 2015 et 2024 ; un quartier vécu ne suit ni l'un ni l'autre.
# - **Pourquoi** : aucune table ne dit les raisons.
# - **Et sans la politique ?** Il n'y a pas de groupe de comparaison.
#
# « Il est possible que le recueil de données massives n'apporte pas de réponse aux questions qu'on se pose. » Une responsable du programme l'écrivait dès 2020 ([RésO Villes](https://resovilles.com/?p=21597)) : c'est toujours vrai.

# %% [markdown] id="pas" minutes=6 slide="slide"
# ## Un pas, une date
#
# - Un **partenaire** à appeler cette semaine.
# - Une **date** dans l'agenda, avant de quitter la salle.
# - Une **phrase** : « j'appelle pour savoir si vous enregistrez…, et à quelle maille ».
#
# Puis le tour de table : **un plus, un moins**, une phrase chacun.

# %% [markdown] id="retour" late=1 slide="slide"
# ## Votre retour sur la journée
#
# ● **Sans code.** Trois lignes suffisent. Rien n'est envoyé : la page reste sur votre ordinateur.

# %% id="retour-cellule" form="retour"
from datakit import feedback

retour = feedback({
    "plus": "",
    "moins": "",
    "appris": "",
    "manque": "",
})
retour

# %% [markdown] id="retour-lecture"
# Pour le transmettre : « Télécharger », puis joignez le fichier à un courriel à la personne qui a animé, ou posez-le sur la clé de la salle. N'y écrivez aucun nom.

# %% [markdown] id="chez-soi" minutes=6 slide="slide" late=1
# ## Continuer chez soi, sur sa commune
#
# Tout le cours fonctionne sur de vrais quartiers. ● Une commande, dans un terminal, avec le nom ou le code de votre commune, de votre intercommunalité ou de votre département :
#
#     datakit fetch --territoire Villeurbanne
#
# Du terminal à la première fiche de votre quartier, cinq pas :
#
# 1. `datakit fetch --territoire Villeurbanne` : remplacez par le nom de votre commune. Ce qui n'a pas pu venir est dit, avec l'adresse où le prendre à la main.
# 2. Un fichier pris à la main ? `datakit fetch --from Téléchargements` le reconnaît à son contenu et le range.
# 3. Le cours se rouvre chez vous : lancez l'accueil, et notez le code d'un quartier que vous connaissez.
# 4. `datakit profile --commune Villeurbanne -o fiches` écrit une fiche par quartier, en page, en PDF et en classeur.
# 5. Imprimez-en une, et faites-la relire par une personne du quartier **avant** de la montrer.
#
# Un indicateur manque ? La fiche le dit. C'est souvent votre prochain appel.
#
# La première commande télécharge les fichiers chez leurs producteurs, puis rouvre le cours chez vous. Les cellules qui ont besoin d'habitants restent sur Orvanche, et le disent : les fichiers de vraies personnes ne s'ouvrent qu'à des équipes habilitées, dans un lieu sécurisé.
#
# ◆ Ou deux réglages, avant d'ouvrir JupyterLab, si les fichiers sont déjà dans un dossier :
#
# | Réglage | Valeur | Ce qu'il fait |
# |---|---|---|
# | `DATAKIT_DEPOT` | `officiel`, ou un dossier de fichiers téléchargés | remplace Orvanche par les fichiers officiels |
# | `DATAKIT_TERRITOIRE` | un code de commune, d'EPCI ou de département | choisit où le cours se passe |
#
# Vous êtes en ce moment ici :

# %% id="chez-soi-cellule"
from datakit import here

here()

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# D'ici trente jours : une fiche par quartier de votre commune, relue avec une personne du quartier, corrigée, et datée. La cellule donne la commande de votre commune, à coller dans le terminal de JupyterLab (menu **Fichier**, **Nouveau**, **Terminal**). Notez ce que la relecture a changé : c'est cela qu'il faudra montrer à la prochaine réunion.

# %% id="defi-depart" run="bouton" slide="skip"
from datakit import communes_of, territory
from datakit.course.tools import challenge

commune = communes_of(territory().qpv())["insee_com"].iloc[0]
print(f"datakit profile --commune {commune} -o fiches")

# %% id="defi-verification" run="bouton" after="defi-depart" slide="skip"
challenge(7, "fiches")

# %% [markdown] id="points-cles" slide="slide"
# ## Points clés
#
# 1. Un partenaire, une date, une phrase.
# 2. Dire ce que les données n'ont pas dit fait partie du résultat.
# 3. Changer d'avis est un bon signe ; dire « indécidable » aussi.
# 4. Chez vous, une commande, et tout recommence.
#
# ## Limites
#
# Une journée donne des réflexes, pas un observatoire : la suite se fait à plusieurs, et avec les habitants.
#
# ## Suite
#
# [Exercice de la séance 7](../exercises/07_conclusion.ipynb) · [Retour à l'accueil](00_accueil.ipynb) · [Glossaire](glossaire.ipynb)

# %% [markdown] id="titre" minutes=3
# # 2 · Qui détient quoi : les partenaires d'un projet data
#
# La donnée est rarement le plus difficile : c'est la confiance qui prend du temps. Cette séance aide à savoir à qui demander, quoi promettre, et quoi signer.
#
# {{encadre}}
#
# **Sommaire**
#
# 1. Qui enregistre l'évènement ?
# 2. Ouvert, sous convention, à ne pas demander
# 3. Les clauses d'une convention
# 4. Le tableau des partenaires de votre contrat de ville
# 5. Du tableau au squelette de convention
# 6. Points clés, limites, suite

# %% [markdown] id="question" pari=["l'INSEE", "France Travail", "une entreprise d'intérim", "les habitants"] minutes=10
# ## Une question pour commencer
#
# *Les habitants de nos quartiers vivent-ils loin des emplois qu'ils cherchent ?*
#
# **Votre pari ?** Qui détient la réponse : l'INSEE, France Travail, une entreprise d'intérim, les habitants ?
#
# RésO Villes a croisé les métiers recherchés (France Travail) et les offres d'un groupe privé d'intérim. Aucun des deux ne pouvait répondre seul, et les premières conventions à plusieurs ont demandé {{chiffre conventions_annees}}. Source : {{source conventions_annees}}.
#
# **Un premier cas, de bout en bout : l'emploi.**
#
# | Étape | Ce qui s'est passé |
# |---|---|
# | l'idée reçue | il y aurait peu d'emplois à proximité des quartiers ([La Gazette, avril 2022](https://www.lagazettedescommunes.com/800063/donnee-dinteret-territorial-une-etude-observe-les-distances-domicile-travail-des-quartiers-prioritaires/)) |
# | les détenteurs | Randstad, des agences de Pôle emploi (aujourd'hui France Travail), l'ARS Bretagne, Harmonie Mutuelle ([La Gazette](https://www.lagazettedescommunes.com/800063/donnee-dinteret-territorial-une-etude-observe-les-distances-domicile-travail-des-quartiers-prioritaires/)) |
# | le temps | trois ans de travail, pour 78 quartiers de Bretagne et des Pays de la Loire ([La Gazette](https://www.lagazettedescommunes.com/800063/donnee-dinteret-territorial-une-etude-observe-les-distances-domicile-travail-des-quartiers-prioritaires/)) |
# | le résultat | en moyenne {{chiffre emploi_rennes}} à Rennes, {{chiffre emploi_brest}} à Brest, {{chiffre emploi_hennebont}} à Hennebont ([RésO Villes](https://resovilles.com/programe-data-quartiers-distance-domicile-travail-les-habitants-des-qpv-pas-tous-loges-a-la-meme-enseigne)) |
# | ce qui change | la même question appelle un bus ici, un permis là |
#
# **Ce qu'on lit.** Une donnée privée peut répondre à une question d'intérêt général, si un cadre écrit dit pour quoi.
#
# **Ce qu'on ne peut pas dire.** Qu'il suffira de demander. Certaines données ne viendront pas ; les données de santé sont les plus difficiles.

# %% [markdown] id="roles" minutes=15 slide="slide"
# ## Fiches de rôle : qui gagne quoi, qui risque quoi
#
# | Détenteur | Ce qu'il enregistre | Ce qu'il gagne à partager | Ce qu'il risque |
# |---|---|---|---|
# | INSEE | recensement, revenus, carreaux | des statistiques utilisées, et bien | qu'on lui demande ce que le secret interdit |
# | CAF | allocataires, prestations | des droits mieux ouverts | qu'un fichier sorte de son cadre |
# | France Travail | inscriptions, métiers recherchés | des solutions locales | qu'on confonde inscription et chômage |
# | Assurance maladie, ARS | droits, recours aux soins | moins de renoncement | la donnée la plus sensible de toutes |
# | Bailleurs sociaux | baux, entrées et sorties | un quartier mieux accompagné | une réputation |
# | Commune, EPCI, département | équipements, espace public, aides | des décisions éclairées | être jugés sur un chiffre |
# | Rectorat | scolarité | des moyens au bon endroit | qu'on classe des écoles |
# | Opérateurs privés | trajets, offres, consommations | un rôle public reconnu | un secret d'affaires |
# | Associations | rencontres, récits | que l'on voie ce qu'elles voient | devenir un guichet de contrôle |
# | Habitants et habitantes | ce qu'ils vivent | une réponse à *leur* question | être décrits sans être consultés |
#
# **Et autour de la table, qui décide, finance ou relie ?** Une carte par partenaire : lisez la vôtre à voix haute.
#
# | Partenaire | Ce qu'il apporte | La première chose à lui demander |
# |---|---|---|
# | Préfecture, délégué ou déléguée du préfet | le contrat de ville, les crédits de l'État, la parole de l'État dans le quartier | qui tient le tableau des actions financées, quartier par quartier ? |
# | DREETS | l'emploi, l'insertion, le travail | quel total existe déjà à l'échelle du quartier ? |
# | Rectorat | les écoles et les collèges | à quelle maille peut-on parler de parcours sans classer une école ? |
# | Région | la formation, les transports, l'aménagement | quelles données de formation sont ouvertes ? |
# | Département | l'action sociale, les collèges | quel total d'aides, avec quel seuil ? |
# | Agence d'urbanisme | un observatoire, des cartes, une mémoire | que suit-elle déjà, depuis quand, sur quel contour ? |
# | Centre de ressources (ici Labo Cités, RésO Villes) | des pairs, des méthodes, des formations | qui a déjà posé cette question ailleurs ? |
# | ANRU | les projets de renouvellement urbain | quel suivi des relogements, et qui le lit ? |
# | Banque des Territoires | un appui aux projets, un guide des contrats de données | quelle clause type, et quel accompagnement ? |
# | Associations, habitants | ce qu'aucun fichier ne sait | la question est-elle la bonne ? |
#
# **Les habitants, depuis novembre 2024.** Deux décrets du 15 novembre 2024 ont changé les conseils citoyens : plus de tirage au sort ni de reconnaissance par l'État. D'autres formes de participation sont possibles ; faire participer reste une obligation ([IREV](https://irev.fr/actualites-0/2-decrets-signes-sur-les-contrats-de-ville-et-la-participation-des-habitants), [Maire-Info](https://maire-info.com/politique-de-la-ville/contrats-de-ville-et-conseils-citoyens-le-gouvernement-modifie-certaines-dispositions-de-la-politique-de-la-ville-article-29124)).
#
# **À table.** Chaque personne prend un rôle et dit deux phrases : ce que j'ai à gagner, ce que j'ai à perdre.
#
# {{exercice E09}}

# %% [markdown] id="ouvert" pari=["vrai", "faux", "en partie"] minutes=15 slide="slide"
# ## Ouvert, sous convention, à ne pas demander
#
# **Votre pari ?** « Le RGPD interdit de partager » : vrai, faux, en partie ?
#
# | Statut | Ce que c'est | Exemple |
# |---|---|---|
# | donnée ouverte | publiée pour tous, avec une licence | contours des QPV, totaux par quartier |
# | donnée partagée sous convention | transmise à quelques-uns, pour un but, un temps | rotations de logements par immeuble |
# | donnée à ne pas demander | disproportionnée, ou interdite | un diagnostic médical avec l'adresse |
#
# **Ce qu'on lit.** Le partage est souvent possible, mais un cadre écrit est nécessaire : un but, une base légale, une durée. Demandez un **total** avant de demander des lignes. **Verdict : faux.**
#
# **Ce qu'on ne peut pas dire ici.** Le droit de votre cas : parlez-en à votre DPO avant tout croisement nominatif.
#
# {{exercice E10}}

# %% [markdown] id="etapes" minutes=8 slide="slide" late=1
# ## Les sept étapes d'un projet
#
# Une démarche reconstituée d'après les comptes rendus publiés des projets Data & Quartiers. Elles sont sur sept cartes, mélangées : à vous de les ordonner.
#
# {{exercice E08}}

# %% [markdown] id="clauses" minutes=12 slide="slide"
# ## Les clauses d'une convention
#
# | Clause | Elle répond à |
# |---|---|
# | finalité | à quelle question, et à quoi la donnée ne servira pas |
# | données | lesquelles, à quelle maille, avec quel seuil |
# | droits et information | ce que l'on dit aux personnes, et comment elles s'opposent |
# | hébergement | où, chez qui, avec quelle sécurité |
# | durée | combien de temps, et qui efface |
# | restitution | ce que l'on rend, aux partenaires et aux habitants |
# | habitants | comment ils sont associés à la question et à la lecture |
#
# Des clauses à copier, à compléter, puis à faire relire par un ou une juriste :
#
# > **Finalité.** Les données servent à répondre à la question : « … ». Elles ne servent à aucun contrôle individuel.
# >
# > **Données.** … transmet …, par …, avec un seuil de … au-dessous duquel une case reste vide.
# >
# > **Durée.** Les fichiers sont gardés jusqu'au …, puis effacés par …, qui l'écrit aux signataires.
# >
# > **Restitution.** … rend … aux signataires le …, et aux habitants le …
#
# Une **charte** n'est pas une convention : c'est « un document écrit, signé, et qui détaille des principes et des engagements » ([La Gazette, guide des chartes territoriales de la donnée](https://www.lagazettedescommunes.com/859224/charte-territoriale-de-la-donnee-mode-demploi/)). Elle dit comment on se conduit ; la convention dit qui envoie quoi. La Métropole de Lyon a la sienne, adoptée le 27 janvier 2025 ([Lyon Entreprises](https://www.lyon-entreprises.com/actualites/article/numerique-la-metropole-de-lyon-adopte-une-charte-de-la-donnee-territoriale)).
#
# {{exercice E11}}

# %% [markdown] id="maillon" minutes=8 slide="slide"
# ## Le maillon manquant
#
# Le projet Adapt'Canicules voulait croiser la fragilité des habitants et la fraîcheur des lieux. Les données d'environnement se trouvaient facilement. Accéder aux données de **santé** était le principal défi. Quatre villes l'ont porté : Quimper, Saint-Nazaire, La Roche-sur-Yon et Angers. Source : [RésO Villes, Adapt'Canicules](https://resovilles.com/?p=192028).
#
# **Ce qu'il est devenu.** Un site qui couvre plus d'une centaine d'agglomérations de l'hexagone, avec une méthode publiée ([Carto numérique, avril 2025](https://cartonumerique.blogspot.com/2025/04/adaptcanicules-identifier-les.html?amp=1)). Ses facteurs de fragilité : pauvreté, jeunes enfants, plus de 65 ans, logement. La santé des personnes n'est pas dans cette liste : le maillon a été remplacé.
#
# Trois chemins quand un maillon manque :
#
# 1. **attendre**, et signer : le délai se compte en années ;
# 2. **substituer** : l'âge, le logement et les revenus approchent la fragilité, sans la mesurer, et on l'écrit ;
# 3. **renoncer**, et le dire : « les données ne répondent pas » est un résultat.
#
# > **Le fil du bus.** *Qui attend le bus avant six heures, et où ?* L'opérateur compte les montées. Le recensement compte les ménages sans voiture. Personne n'enregistre qui voudrait partir : c'est le maillon manquant, et il faut le demander à l'arrêt.

# %% [markdown] id="tableau-partenaires" minutes=15 slide="slide"
# ## Le tableau de votre contrat de ville
#
# ● **Sans code.** Remplissez, ajoutez ou enlevez des lignes. Les cases vides seront montrées comme des manques : ce sont elles qui font avancer.

# %% id="tableau-partenaires-cellule" form="partenaires"
from datakit import partner_table

partenaires = partner_table([
    # organisation, ce qu'elle détient, à quelle condition, qui l'appelle
    ("CAF", "allocataires par quartier", "donnée ouverte", "chargée de mission"),
    ("bailleur social", "entrées et sorties", "convention", ""),
    ("agence régionale de santé", "", "", ""),
])
partenaires

# %% [markdown] id="tableau-lecture"
# **Ce qu'on lit.** Les lignes incomplètes, et ce qui leur manque. Une ligne sans personne pour appeler n'est pas un partenaire, c'est un souhait.
#
# Pour garder le tableau : « Télécharger (Excel) » et « Imprimer ». « Partager avec la salle » le pose, sans nom, à côté de ceux des autres tables : la matrice montre qui détient de quoi répondre à quelle question, et les trous. ◆ Complété dans votre tableur, il se relit : `partner_table(pandas.read_excel("partenaires.xlsx"))`.
#
# **Ce qu'on ne peut pas dire.** Si le partenaire acceptera : le tableau prépare l'appel, il ne le remplace pas.

# %% [markdown] id="convention" late=1 slide="slide"
# ## Du tableau au squelette de convention
#
# Les lignes où vous avez écrit « convention » deviennent des clauses. Ce que le tableau ne sait pas reste un blanc :

# %% id="convention-cellule"
from datakit import agreement

squelette = agreement(partenaires, "Qui attend le bus avant six heures, et où ?")
squelette

# %% [markdown] id="convention-lecture"
# **Ce qu'on lit.** Les sept clauses de cette séance, avec votre question et vos partenaires. Les blancs sont votre ordre du jour. Pour garder : `squelette.save("convention.html")`, ou `.xlsx`.
#
# **Ce qu'on ne peut pas dire.** Que ce texte suffit : c'est un squelette. Faites-le relire par un ou une juriste, et par votre DPO.

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# Écrivez la demande technique qui va avec une ligne du tableau. Une page : un bailleur doit pouvoir y répondre sans vous rappeler. La cellule en donne les lignes ; remplacez chaque `____`, ajoutez `demande.to_csv("demande.csv")`, et vérifiez.

# %% id="defi-depart" run="bouton" slide="skip"
import pandas as pd

from datakit.course.tools import challenge

demande = pd.DataFrame({"demande": {
    "colonnes": "____", "unités": "____", "codes": "____", "maille": "____", "seuil": "____",
    "format": "____", "date": "____", "fréquence": "____",
}})
demande

# %% id="defi-verification" run="bouton" after="defi-depart" slide="skip"
challenge(2, "demande.csv")

# %% [markdown] id="discussion" slide="slide"
# ## À débattre
#
# - Qui, dans votre contrat de ville, détient la donnée, et qu'a-t-il à perdre à la partager ?
# - Une donnée de santé manque : attendre, substituer ou renoncer ?
# - Que signe votre collectivité en signant une charte de la donnée ? Qu'est-ce qui est contrôlable ?
# - Les habitants ont-ils choisi la question ? Ont-ils reçu la réponse ?

# %% [markdown] id="points-cles" slide="slide"
# ## Points clés
#
# 1. Cherchez qui **enregistre** l'évènement, pas qui publie le chiffre.
# 2. Demandez un total avant de demander des lignes.
# 3. Sans finalité, durée et restitution, une convention ne tient pas.
# 4. Les habitants détiennent ce qu'aucun fichier ne sait.
# 5. Un maillon manquant se dit.

# %% [markdown] id="limites"
# ## Limites
#
# Ces fiches décrivent des situations courantes, pas vos interlocuteurs. Elles ne remplacent pas un avis juridique.
#
# ## Suite
#
# [Exercices de la séance 2](../exercises/02_partenaires.ipynb) · [Séance 3 : les sources](03_sources.ipynb) · [Glossaire](glossaire.ipynb)

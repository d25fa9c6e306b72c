# %% [markdown] id="titre" minutes=1
# # 6 · De la question à la fiche-projet
#
# Dernière manche du conseil. Votre question devient une fiche d'une page, que votre table présente en trois minutes.
#
# {{encadre}}
#
# **Sommaire**
#
# 1. Les rôles de la table
# 2. De la question à la décision
# 3. La fiche-projet
# 4. Devant le conseil, en trois minutes
# 5. Les cartes du conseil
# 6. Points clés, suite

# %% [markdown] id="roles" minutes=5 late=2
# ## Les rôles de la table
#
# Une table de cinq ou six : élu ou élue, technicien ou technicienne, référent SIG ou data, État ou opérateur, association ou habitant. Chacun prend aussi une carte :
#
# | Carte | Elle fait | Elle dit |
# |---|---|---|
# | animation | donne la parole, tient l'heure | « Qui n'a pas encore parlé ? » |
# | scribe | écrit la fiche, telle qu'on la dicte | « Je relis : est-ce bien cela ? » |
# | garante ou garant éthique | tient la grille des dix questions | « Que lirait un habitant ? » |
# | contradiction | cherche ce qui manque | « Et si la donnée n'arrive pas ? » |
#
# La personne la moins à l'aise tient le clavier : les autres expliquent.

# %% [markdown] id="decision" minutes=10 slide="slide" late=2
# ## De la question à la décision
#
# **Votre pari ?** Terminez la phrase : « si la réponse était *beaucoup*, nous ferions… ». Si rien ne vient, changez de question.
#
# | Trop tôt | Mieux | Pourquoi |
# |---|---|---|
# | « Il faut un tableau de bord » | « Qui renonce aux soins, et où ? » | une solution n'est pas une question |
# | « Les jeunes ne viennent pas » | « À quelle heure le centre est-il ouvert quand ils sont libres ? » | une question regarde aussi l'offre |
# | « Combien de pauvres ? » | « Qui n'ouvre pas ses droits ? » | la réponse doit changer une décision |
#
# > **Le fil du bus.** « Si beaucoup de gens partaient avant le premier bus, nous avancerions une ligne. » La phrase se termine : la question est bonne.

# %% [markdown] id="fiche" minutes=20 tables=1 slide="slide"
# ## À la table, quatrième manche : la fiche-projet
#
# Reprenez ce que vos trois manches ont décidé. Faites le compte des journées : ce qui n'est pas payé n'est pas promis.
#
# ● **Sans code.** D'abord ce qu'on cherche, et chez qui :

# %% id="fiche-question" form="projet"
projet = {
    "question": "Qui attend le bus avant six heures, et où ?",
    "decision": "avancer une ligne à la rentrée",
    "donnees": "montées par arrêt et par heure",
    "detenteurs": "opérateur de transport, France Travail",
    "cadre": "",
}

# %% [markdown] id="fiche-suite"
# Puis ce qu'on rend, et ce qui peut rater. Une case laissée vide s'affiche comme un manque :

# %% id="fiche-cellule" form="fiche"
from datakit import project_sheet

fiche = project_sheet(projet | {
    "livrable": "",
    "etape": "",
    "habitants": "",
    "risque": "",
    "grille": "",  # vos « oui » aux dix questions, de 0 à 10
})
fiche

# %% [markdown] id="fiche-lecture"
# **Ce qu'on lit.** La première étape à 30 jours et le plan B sont presque toujours les derniers remplis. Commencez par eux.
#
# **Ce qu'on ne peut pas dire.** Si l'idée est bonne : la fiche montre ce qui manque, pas ce que vaut le projet. C'est à la table d'en parler.
#
# Pour garder et imprimer : « Télécharger (Excel) » et « Imprimer », sous la fiche.
#
# {{exercice E35}}

# %% [markdown] id="presenter" minutes=18 slide="slide"
# ## Devant le conseil, en trois minutes
#
# Six tables au plus, trois minutes chacune. La salle est le conseil : une voix par personne, et une question par table.
#
# 1. La question, et qui la pose (30 secondes).
# 2. La décision qu'elle change (30 secondes).
# 3. Deux données, deux détenteurs, vos trois clauses, et la carte (1 minute).
# 4. Le risque, le plan B, et les journées qu'il vous reste (30 secondes).
# 5. La première étape, avec sa date (30 secondes).
#
# **Le vote, structuré.** Un plus, une question, un conseil. On critique la fiche, jamais la table.

# %% [markdown] id="cartes-conseil" late=2
# ## Les cartes du conseil
#
# Sans papier, tirez ici. Un dé choisit la question :
#
# {{conseil questions}}
#
# Le budget est de douze journées :
#
# {{conseil ressources}}
#
# Un évènement par manche :
#
# {{conseil evenements}}

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# Pour une personne SIG ou data, à chaque table : faites en dix minutes une première version du livrable. Une carte (`carte.save("livrable.svg")`), son tableau à côté (`carte.table.to_csv("livrable.csv")`), cinq étiquettes, une phrase de réserve. La cellule en prépare une (`carte` la montre), à remplacer par la vôtre. Si une donnée n'existe pas sur Orvanche, elle vous manquera aussi chez vous : c'est votre risque majeur.

# %% id="defi-depart" run="bouton" slide="skip"
from datakit import choropleth, here, study
from datakit.course.tools import challenge

lieu = here()
carte = choropleth(study("revenus"), "taux_pauvrete")
carte.table.head(3)

# %% id="defi-verification" run="bouton" after="defi-depart" slide="skip"
challenge(6, "livrable.svg")

# %% [markdown] id="discussion" late=1
# ## À débattre
#
# - Qui décide des poids d'un indice ? L'écririez-vous dans une délibération ?
# - Quel est le coût annuel, en temps d'agent, de tenir cette donnée à jour ?
# - Et si les données ne répondent pas ? Qui le dit, et quand ?

# %% [markdown] id="points-cles" minutes=1 slide="slide"
# ## Points clés
#
# 1. Une question qui ne change aucune décision ne mérite pas de données.
# 2. Deux détenteurs au moins, un plan B toujours.
# 3. Les habitants sont dans la question et dans la restitution.
# 4. Une première étape a une date.

# %% [markdown] id="limites" late=1
# ## Limites
#
# La fiche ne juge pas le fond : elle vérifie qu'on a pensé à tout. Le reste se discute.
#
# ## Suite
#
# [Exercice de la séance 6](../exercises/06_atelier.ipynb) · [Séance 7 : conclusion](07_conclusion.ipynb) · [Glossaire](glossaire.ipynb)

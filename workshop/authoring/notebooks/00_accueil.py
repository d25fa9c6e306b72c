# %% [markdown] id="titre" minutes=2
# # 0 · Bienvenue : un quartier, un chiffre, une question
#
# Dans cinq minutes, vous aurez lu une carte, trouvé un quartier et sa population, et écrit la question qui vous amène. Rien à installer, rien à casser.
#
# {{encadre}}
#
# **Sommaire**
#
# 1. Lancer une cellule
# 2. Une carte, pour commencer
# 3. Les quartiers et leur population
# 4. Votre question
# 5. Points clés, limites, suite

# %% [markdown] id="lancer" minutes=3
# ## Lancer une cellule
#
# Un notebook mêle du texte et des cellules de programme. Le programme est replié : un bouton le lance, et le résultat s'affiche dessous. Essayez ici :

# %% id="premiere" run="bouton"
print("✔ Tout fonctionne. Bonne journée à toutes et à tous !")

# %% [markdown] id="lancer-lecture"
# Si le ✔ est apparu, vous savez déjà faire l'essentiel. Pour tout relancer : menu **Exécution**, puis **Exécuter toutes les cellules**. Perdu ? Le même menu, autant de fois que vous voulez.
#
# Deux pistes, à choisir à tout moment :
#
# - **● sans code** : vous lisez, cliquez, choisissez ;
# - **◆ pour aller plus loin** : vous complétez une ligne, ou sortez votre SIG. Chaque séance finit par un **défi**.

# %% [markdown] id="carte" minutes=5
# ## Une carte, pour commencer
#
# Les données par défaut décrivent **Orvanche**, un territoire-école fictif : aucun de ses habitants n'existe, mais ses fichiers ont les formats officiels. Chacun pourra ensuite choisir son propre territoire. Pour savoir où vous êtes :

# %% id="ou-cellule"
from datakit import here

here()

# %% [markdown] id="carte-pari" pari=["ils se touchent", "ils sont dispersés"]
# **Votre pari ?** Les quartiers prioritaires de la politique de la ville (QPV) se touchent-ils, ou sont-ils dispersés ?

# %% id="carte-cellule"
from datakit import circles, show, study

quartiers = study("population")
circles(quartiers, "population_municipale")

# %% [markdown] id="carte-lecture"
# **Ce qu'on lit.** Des groupes serrés dans quelques communes, et rien entre eux : un quartier prioritaire n'est qu'une partie de sa commune. Plus le cercle est grand, plus le quartier compte d'habitants ; là où ils se gêneraient, un agrandissement les montre de près. Le texte et le tableau sous la carte disent la même chose que les cercles.
#
# **Ce qu'on ne peut pas dire.** Où commence et où finit le quartier : un cercle dit combien, pas jusqu'où.

# %% [markdown] id="quartiers" pari=["400", "4 000", "40 000"] minutes=8
# ## Les quartiers et leur population
#
# **Votre pari ?** Combien d'habitants compte un quartier prioritaire, en général : 400, 4 000 ou 40 000 ?

# %% id="quartiers-cellule"
tableau = quartiers[["lib_qp", "lib_com", "population_municipale"]]
show(tableau.rename(columns={"lib_com": "Commune"}), "Les quartiers et leur population")

# %% [markdown] id="quartiers-lecture"
# **Ce qu'on lit.** Chaque ligne est un quartier : son code à gauche, son nom, sa commune, sa population. Sous le tableau, les **cinq étiquettes** : source, millésime, périmètre, champ, comparateur. En France, un quartier prioritaire de l'hexagone compte en moyenne {{chiffre habitants_moyens}} habitants ({{source habitants_moyens}}).
#
# **Ce qu'on ne peut pas dire.** Combien ils sont aujourd'hui : le millésime est l'année que décrit la donnée, pas celle du fichier.
#
# Une réserve sur Orvanche : son plus petit quartier, Les Embruns, est sous les {{chiffre qpv_minimum}} habitants que la règle demande dans l'hexagone. Il est inventé pour montrer ce que le secret cache.
#
# {{exercice E01}} · {{exercice E02}}

# %% [markdown] id="mediane"
# Pour donner un ordre de grandeur, les deux bouts du tableau, et ce qui le partage en deux moitiés :

# %% id="mediane-cellule"
reperes = quartiers[["population_municipale"]].quantile([0, 0.5, 1])
reperes.index = ["le plus petit quartier", "la moitié est au-dessous de", "le plus grand quartier"]
show(reperes, "Trois repères")

# %% [markdown] id="question" minutes=8
# ## Votre question
#
# Écrivez une question d'intérêt général sur un quartier que vous connaissez. **Sans chiffre, sans solution.** Elle servira cet après-midi.
#
# > *Qui attend le bus avant six heures, et où ?*
#
# Celle-ci nous suivra jusqu'à ce soir : la [séance 7](07_conclusion.ipynb) y répond, à Orvanche.

# %% id="question-cellule" form="question"
ma_question = "Qui … ?"
print("Ma question :", ma_question)

# %% [markdown] id="question-lecture"
# Recopiez-la sur un papillon adhésif : on les affichera. Puis, avant la conférence, répondez en deux minutes aux cinq affirmations du sondage. {{exercice E04}}

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# Ouvrez ces quartiers dans votre SIG. La cellule se lance telle quelle ; ajoutez-y `export_gis(quartiers, "quartiers.gpkg")` (« Voir le code »). Vous aurez un GeoPackage avec sa projection, ses étiquettes et un style pour QGIS. Vérifiez, puis posez-le sur votre plan de ville : où le contour coupe-t-il une résidence, une école, une rue commerçante ?

# %% id="defi-depart" run="bouton" slide="skip"
from datakit import export_gis
from datakit.course.tools import challenge

quartiers[["lib_qp", "lib_com"]].head(3)

# %% id="defi-verification" run="bouton" after="defi-depart" slide="skip"
challenge(0, "quartiers.gpkg")

# %% [markdown] id="discussion"
# ## À débattre
#
# - Quelle décision prendriez-vous différemment si vous aviez la réponse à votre question demain matin ?
# - Qui, dans le quartier, aurait posé une autre question ?

# %% [markdown] id="points-cles"
# ## Points clés
#
# 1. Un bouton lance une cellule ; on peut tout relancer, autant qu'on veut.
# 2. Un chiffre juste a un lieu et une année.
# 3. La population d'un quartier est celle d'un contour : il y en a deux, 2015 et 2024.
# 4. On part d'une question, pas d'un fichier.

# %% [markdown] id="limites"
# ## Limites de ces données
#
# Orvanche est fictive : on y apprend, on n'y conclut rien. Pour travailler sur votre territoire, voyez la [séance 7](07_conclusion.ipynb) : une commande suffit.
#
# ## Suite
#
# [Exercices de la séance 0](../exercises/00_accueil.ipynb) · [Séance 1 : ce que les données disent](01_sensibilisation.ipynb) · [Glossaire](glossaire.ipynb)

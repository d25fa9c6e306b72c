# %% [markdown] id="titre" minutes=3
# # 1 · Ce que les données disent, et ce qu'elles ne disent pas
#
# Huit idées reçues sur les quartiers prioritaires, mises à l'épreuve : un pari, un calcul, une lecture, et ce qu'on ne peut pas dire.
#
# {{encadre}}
#
# **Sommaire**
#
# 1. Une question, un indicateur, cinq étiquettes
# 2. Pauvre par définition
# 3. Huit idées reçues à l'épreuve
# 4. Stock et flux
# 5. Les huit verdicts
# 6. Points clés, limites, suite

# %% [markdown] id="pari-pauvres" pari=["moins de 30", "environ 50", "plus de 70"]
# ## Une question pour commencer
#
# Sur cent personnes pauvres, combien vivent dans un quartier prioritaire de la politique de la ville (QPV) ?
#
# **Votre pari ?** Moins de 30, environ 50, plus de 70 ? Levez la main, puis répondez ici.
#
# D'abord, le lieu de cette séance, puis le calcul, fait pour la France :

# %% id="outils"
from datakit import bars, here, published

here()

# %% id="pauvres"
pauvres_en_qpv = 5.4 * 43.6 / 100    # millions d'habitants × taux de pauvreté
pauvres_ailleurs = 61.5 * 12.0 / 100
part = 100 * pauvres_en_qpv / (pauvres_en_qpv + pauvres_ailleurs)
print(f"{part:.0f} personnes pauvres sur 100 vivent en quartier prioritaire")

# %% [markdown] id="lecture-pauvres"
# **Ce qu'on lit.** Environ une personne pauvre sur quatre vit en quartier prioritaire ; trois sur quatre vivent ailleurs. L'Observatoire des inégalités, qui publie ces nombres, arrondit à un quart.
#
# **Ce qu'on ne peut pas dire.** Que la politique de la ville se trompe d'adresse : la pauvreté y est bien plus fréquente, même si la plupart des personnes pauvres vivent ailleurs. Les nombres mêlent une population de 2018 et des taux de 2019. Source : {{source pauvrete_qpv_2019}}.
#
# {{exercice E05}}

# %% [markdown] id="etiquettes" minutes=6
# ## Donnée, indicateur, tableau de bord, question
#
# - Une **donnée** est un relevé : une ligne d'un fichier.
# - Un **indicateur** est un calcul qui se compare : un taux, une médiane.
# - Un **tableau de bord** réunit des indicateurs choisis. Choisir, c'est déjà dire ce qui compte.
# - Une **question d'action publique** attend une décision. C'est d'elle qu'on part.
#
# Un indicateur ne sort jamais sans ses **cinq étiquettes** :
#
# | Étiquette | Elle répond à | Exemple |
# |---|---|---|
# | source | qui a compté ? | INSEE, Filosofi |
# | millésime | quelle année la donnée décrit-elle ? | l'année des revenus, pas celle du fichier |
# | périmètre | quels quartiers ? | ceux de 2015 (codes `QP…`) ou de 2024 (codes `QN…`) |
# | champ | parmi qui ? | les ménages fiscaux : ni les foyers, ni les personnes sans abri |
# | comparateur | à côté de quoi ? | l'environnement urbain, la commune, le pays |
#
# {{exercice E03}} · {{exercice E06}}

# %% [markdown] id="trois-comptes" pari=["1 300 environ", "1 400 environ", "1 500 environ"] minutes=4 slide="slide" late=1
# ### Quelle étiquette manque ?
#
# « 1514 quartiers prioritaires où vivent 4 millions d'habitants », écrit un document public ({{source document_4_millions}}).
#
# **Votre pari ?** Combien y avait-il de quartiers prioritaires dans la liste de 2015 ?

# %% id="trois-comptes-cellule"
from datakit import show

comptes = published("qpv_2015_hexagone", "qpv_2015_dom", "qpv_2015_tout")
show(comptes[["quartiers prioritaires"]], "Une liste, trois comptes", labels=comptes.attrs["labels"])

# %% [markdown] id="trois-comptes-lecture"
# **Ce qu'on lit.** Trois nombres justes, trois périmètres. La phrase prend le plus large pour compter les quartiers. Pour les habitants, l'INSEE en compte {{chiffre pop_qpv_2018_m}} millions, sur un périmètre plus étroit ({{source pop_qpv_2018_m}}). Dans la phrase citée, ni les quartiers ni les habitants n'ont leur étiquette : l'écart ne se voit pas.
#
# **Ce qu'on ne peut pas dire.** D'où viennent ces quatre millions. L'erreur arrive à tout le monde ; les cinq étiquettes la rendent visible.

# %% [markdown] id="definition" pari=["deux fois", "trois fois", "cinq fois"] minutes=6
# ## Pauvre par définition
#
# **Votre pari ?** Le taux de pauvreté des quartiers prioritaires est-il deux fois, trois fois ou cinq fois celui du reste de la ville ?

# %% id="definition-figure"
taux = published("pauvrete_qpv_2018", "pauvrete_eu_2018")
bars(taux, "taux de pauvreté", unit="%", title="Trois fois plus de pauvreté qu'alentour")

# %% [markdown] id="definition-lecture"
# **Ce qu'on lit.** {{chiffre pauvrete_qpv_2018}} contre {{chiffre pauvrete_eu_2018}} : trois fois plus que dans l'environnement urbain.
#
# **Ce qu'on ne peut pas dire.** Que les quartiers « restent » pauvres par échec. On les a **choisis** parce que les revenus **déclarés** de leurs habitants étaient bas. Le taux de pauvreté, lui, compte aussi les prestations et les impôts : il est voisin du critère, il n'est pas le critère. Comparer un quartier prioritaire au pays, c'est donc surtout relire ce choix. Mieux vaut le comparer à ce qui l'entoure, et à lui-même dans le temps quand son contour n'a pas bougé.

# %% [markdown] id="idees" pari=["moins de 5 points", "de 5 à 20 points", "plus de 20 points"] minutes=25
# ## Huit idées reçues à l'épreuve
#
# Pour chacune : un pari, un calcul, un verdict. Quatre verdicts sont possibles : **vrai**, **faux**, **en partie**, **indécidable** avec ces données.
#
# ### Idée 1 · « La plupart des pauvres vivent en QPV »
#
# Vous venez de la tester : environ un sur quatre. **Verdict : faux.**
#
# ### Idée 2 · « Les quartiers se ressemblent tous »
#
# **Votre pari ?** Dans les quartiers de votre territoire (Orvanche si vous n'avez rien changé), quel écart entre le taux de pauvreté le plus bas et le plus haut ?

# %% id="idee2"
from datakit import distribution, study

quartiers = study("revenus")
taux = quartiers["taux_pauvrete"]
distribution(quartiers, "taux_pauvrete")

# %% [markdown] id="idee2-lecture"
# **Ce qu'on lit.** La répartition s'étale : chaque point est un quartier, et aucun ne résume les autres. À Orvanche, {{calcul taux.max() - taux.min()}} points séparent les deux bouts. Dans un fichier réel ({{source occitanie_min}}), le taux va de {{chiffre occitanie_min}} à {{chiffre occitanie_max}}.
#
# **Ce qu'on ne peut pas dire.** Qui est « premier » : un rang ne dit ni l'écart, ni le besoin.
#
# **Verdict : faux.**

# %% [markdown] id="idee3" pari=["moins de 3 km", "de 3 à 10 km", "plus de 10 km"]
# ### Idée 3 · « Il n'y a pas d'emplois à proximité »
#
# **Votre pari ?** À quelle distance se trouvent les emplois que cherchent les habitants ? Trois villes bretonnes, une même méthode.

# %% id="idee3-figure"
distances = published("emploi_rennes", "emploi_brest", "emploi_hennebont")
mesure = "distance moyenne aux emplois cherchés"
bars(distances, mesure, unit="km", title="Trois villes, trois distances")

# %% [markdown] id="idee3-lecture"
# **Ce qu'on lit.** {{chiffre emploi_rennes}} à Rennes, {{chiffre emploi_brest}} à Brest, {{chiffre emploi_hennebont}} à Hennebont : un même problème appelle un bus ici, un permis là. Source : {{source emploi_rennes}}, de Brest et d'Hennebont.
#
# **Ce qu'on ne peut pas dire.** À quelle distance sont *tous* les emplois : ce sont ici les emplois *recherchés*, et les offres d'*un* opérateur.
#
# **Verdict : en partie.**

# %% [markdown] id="idee4" pari=["plus bas", "égal", "plus élevé"] late=1
# ### Idée 4 · « On y est plus jeune qu'ailleurs en ville »
#
# **Votre pari ?** L'âge moyen y est-il plus bas, égal ou plus élevé qu'alentour ?

# %% id="idee4-figure"
ages = published("age_moyen_qpv", "age_moyen_eu")
bars(ages, "âge moyen", unit="ans", title="Six ans de moins, en moyenne")

# %% [markdown] id="idee4-lecture"
# **Ce qu'on lit.** {{chiffre age_moyen_qpv}} ans contre {{chiffre age_moyen_eu}} ans, pour {{chiffre habitants_qpv_m}} millions de personnes dans {{chiffre qpv_hexagone}} quartiers, soit {{chiffre part_habitants_qpv}} de la population de l'hexagone. Source : {{source habitants_qpv_m}}.
#
# **Ce qu'on ne peut pas dire.** Qu'un quartier donné est jeune : ce sont des moyennes nationales.
#
# **Verdict : vrai.**

# %% [markdown] id="idee5" pari=["un ou moins", "trois environ", "sept ou plus"] late=1
# ### Idée 5 · « On n'en sort jamais »
#
# **Votre pari ?** Sur dix adultes qui ont vécu au moins un an en quartier prioritaire, combien en sont partis en neuf ans ?

# %% id="idee5-figure"
departs = published("partis", "jamais_bouge")
bars(departs, "adultes sur dix", of=10, title="Trois adultes sur dix sont partis")

# %% [markdown] id="idee5-lecture"
# **Ce qu'on lit.** Sur dix adultes, {{chiffre partis}} sont partis et {{chiffre jamais_bouge}} n'ont jamais déménagé. Les autres ont bougé à l'intérieur, sont arrivés, ou n'y ont vécu que quelques années. Un passage pour les uns, un lieu de vie durable pour les autres. Source : {{source partis}}.
#
# Attention au mot : **déménager** n'est pas **partir**. En neuf ans, {{chiffre demenage_qpv}} des adultes ont déménagé, contre {{chiffre demenage_eu}} alentour ; une partie d'entre eux est restée dans un quartier prioritaire.
#
# **Ce qu'on ne peut pas dire.** Pourquoi on part, ni pourquoi on reste ; ni ce qu'il en est au-delà de neuf ans.
#
# **Verdict : en partie.** « Jamais » est faux ; « tout le monde part » aussi.

# %% [markdown] id="idee6" pari=["zéro", "un secret", "on ne sait pas"] slide="slide"
# ### Idée 6 · « Une case vide, c'est zéro »
#
# **Votre pari ?** Dans un fichier officiel de quartiers, que veut dire une case vide ? **Cette cellule reste à Orvanche**, dont le fichier est complet.

# %% id="idee6-cellule"
from datakit import load_indicators

cases = load_indicators("entreprises", level="qpv", form="long", depot="ecole")
comptes = cases.groupby("status").size().rename("cases")
show(comptes, "Le fichier des entreprises d'Orvanche, case par case", labels=cases.attrs["labels"])

# %% [markdown] id="idee6-lecture"
# **Ce qu'on lit.** Une case vide a une raison : ici, le secret ; ailleurs, non disponible, sans objet… Aucune ne veut dire zéro.
#
# **Ce qu'on ne peut pas dire.** La raison exacte, quand le producteur ne l'écrit pas : elle est alors « non renseignée ».
#
# **Verdict : faux.**

# %% [markdown] id="idee7" pari=["moins de 10 %", "environ la moitié", "plus des trois quarts"] slide="slide"
# ### Idée 7 · « Plus la maille est fine, plus c'est exact »
#
# **Votre pari ?** Les revenus sont publiés par carreaux de 200 m. Quelle part de ces carreaux porte une valeur **imputée**, c'est-à-dire estimée ?

# %% id="idee7-figure"
imputes = published("carreaux_imputes", "population_imputee")
bars(imputes, "part imputée", unit="%", title="Beaucoup de carreaux estimés, peu d'habitants dedans")

# %% [markdown] id="idee7-lecture"
# **Ce qu'on lit.** {{chiffre carreaux_imputes}} des carreaux habités, parce qu'ils comptent moins de {{chiffre seuil_fiscal}} ménages. Mais ces carreaux presque vides ne rassemblent que {{chiffre population_imputee}} de la population. Source : {{source carreaux_imputes}}.
#
# **Ce qu'on ne peut pas dire.** Que les carreaux de votre quartier sont imputés : en ville, ils sont souvent assez peuplés. Il faut regarder.
#
# **Verdict : faux.**
#
# ### Idée 8 · « Si le taux ne baisse pas, la politique a échoué »
#
# Pour celle-là, il faut une histoire complète.

# %% [markdown] id="stock-flux" pari=["il a monté", "il a baissé"] minutes=8 slide="slide"
# ## Stock et flux : deux histoires vraies
#
# Mille adultes, 430 pauvres. Quarante sortent de la pauvreté et restent. Deux cents partent, dont soixante pauvres. Deux cents arrivent, dont cent dix pauvres.
#
# **Votre pari ?** Le taux de pauvreté a-t-il monté ou baissé ?

# %% id="stock-flux-calcul"
avant = 430 / 1000
apres = (430 - 40 - 60 + 110) / 1000
print(f"avant : {100 * avant:.0f} %   après : {100 * apres:.0f} %")

# %% [markdown] id="stock-flux-lecture"
# **Ce qu'on lit.** Le taux monte d'un point. Et pourtant, 40 personnes sont sorties de la pauvreté, et la plupart de celles qui partent n'étaient pas pauvres.
#
# - En **stock**, on photographie le quartier : il semble immobile.
# - En **flux**, on suit les personnes : des personnes avancent, et d'autres arrivent, plus souvent en difficulté.
#
# **Ce qu'on ne peut pas dire.** Ce qui se serait passé sans la politique : il faudrait un groupe de comparaison.
#
# **Verdict de l'idée 8 : indécidable** avec le seul taux.
#
# {{exercice E07}}

# %% [markdown] id="flux-orvanche" pari=["il a monté", "il a stagné", "il a baissé"] minutes=5 slide="slide"
# ### La même leçon, dix ans dans un quartier d'Orvanche
#
# **Cette cellule reste à Orvanche, chez vous aussi** : le fichier de vraies personnes qui le permettrait ne s'ouvre pas à tous. Les habitants d'Orvanche n'existent pas ; on peut les suivre d'une année à l'autre.
#
# On suit les mêmes personnes que l'INSEE : celles qui ont 18 ans ou plus au départ.
#
# **Votre pari ?** Entre 2014 et 2023, le taux de pauvreté de Montjoie a peu bougé. Celui des personnes **restées** a-t-il monté, stagné ou baissé ?

# %% id="flux-orvanche-calcul"
from datakit import flow, flows, load_microdata

parcours = load_microdata("parcours")
mouvements = flows(parcours, "QN09608I", 2014, 2023, age=18)
flow(mouvements, indicator="taux_pauvrete", name="Montjoie")

# %% [markdown] id="flux-orvanche-detail"
# Et les deux lectures, en phrases :

# %% id="flux-orvanche-phrases"
print(*mouvements.attrs["phrases"], sep="\n")

# %% [markdown] id="flux-orvanche-lecture"
# **Ce qu'on lit.** Les mêmes personnes partout : celles qui avaient 18 ans ou plus en 2014.
#
# - En **stock**, le taux bouge peu : {{calcul mouvements.attrs["stock"][2014], 1}} % en 2014, {{calcul mouvements.attrs["stock"][2023], 1}} % en 2023.
# - En **flux**, les personnes restées vont mieux : de {{calcul mouvements.loc["restes", "taux_debut"], 1}} % à {{calcul mouvements.loc["restes", "taux_fin"], 1}} %.
# - Celles qui sont parties étaient déjà moins souvent pauvres : {{calcul mouvements.loc["partis", "taux_debut"], 1}} % avant de partir.
# - Celles qui sont arrivées le sont plus souvent que les restées : {{calcul mouvements.loc["arrives", "taux_fin"], 1}} % en 2023.
#
# **Et en France ?** L'INSEE trouve le même ordre : qui quitte un quartier prioritaire a un niveau de vie plus élevé que qui y reste. Il a suivi les adultes de 18 ans et plus, de 2011 à 2020 ({{source partis}}). Orvanche est réglée pour montrer cet ordre : elle ne le prouve pas. Les parts de départs ne se comparent pas : ici on quitte *un* quartier, là *tous* les quartiers prioritaires.
#
# **Ce qu'on ne peut pas dire.** Ce qui a fait partir ou rester. En France, ces parcours se lisent dans un panel de l'INSEE, l'échantillon démographique permanent. Une équipe de recherche peut y accéder, après l'accord du comité du secret statistique, dans un centre sécurisé (CASD).

# %% [markdown] id="verdicts" slide="slide" late=1
# ## Les huit verdicts
#
# | Idée reçue | Verdict | La phrase à garder |
# |---|---|---|
# | 1 · La plupart des pauvres vivent en QPV | faux | trois personnes pauvres sur quatre vivent ailleurs |
# | 2 · Les quartiers se ressemblent tous | faux | la répartition s'étale |
# | 3 · Il n'y a pas d'emplois à proximité | en partie | cela dépend du quartier, et des emplois cherchés |
# | 4 · On y est plus jeune qu'ailleurs en ville | vrai | en moyenne nationale |
# | 5 · On n'en sort jamais | en partie | trois adultes sur dix sont partis, quatre n'ont jamais déménagé |
# | 6 · Une case vide, c'est zéro | faux | un silence a une raison |
# | 7 · Plus la maille est fine, plus c'est exact | faux | fin veut souvent dire estimé |
# | 8 · Si le taux ne baisse pas, la politique a échoué | indécidable | le stock cache le flux |

# %% [markdown] id="defi" late=1
# ## ◆ Le défi
#
# L'idée 7, sur le terrain : la colonne `i_est_200` est à `1` quand la valeur d'un carreau de 200 m est imputée. Quelle part des carreaux qui touchent vos quartiers est imputée ? Et quelle part de leurs habitants (`ind`) ? La cellule charge ceux d'Orvanche ; chez vous, ôtez `depot`. Écrivez les deux nombres à la place des `____`.

# %% id="defi-depart" run="bouton" slide="skip"
from datakit import load_grid, load_qpv
from datakit.course.tools import *

carreaux = load_grid(depot="ecole")
contours = load_qpv(2024, depot="ecole").to_crs(carreaux.crs)
touchent = carreaux[carreaux.intersects(contours.union_all())]
reponse_defi = {"carreaux": ____, "habitants": ____}  # en %
print(len(touchent), "carreaux touchent un quartier d'Orvanche")

# %% id="defi-verification" run="bouton" after="defi-depart" slide="skip"
challenge(1, reponse_defi)

# %% [markdown] id="discussion" slide="slide"
# ## À débattre
#
# - Quelle décision prendriez-vous différemment si vous aviez ce chiffre demain matin ? Sinon, pourquoi le produire ?
# - Un classement de vos quartiers sort dans la presse : que répondez-vous, avec quelle donnée ?
# - La population change de 10 % par an : comment juger six ans de contrat ?

# %% [markdown] id="points-cles" slide="slide"
# ## Points clés
#
# 1. On part d'une question, pas d'un fichier.
# 2. Un chiffre sans ses cinq étiquettes ne se discute pas : il s'impose. Refusez-le.
# 3. Un quartier prioritaire est pauvre par définition : le bon comparateur est ce qui l'entoure.
# 4. Le stock décrit le quartier, le flux décrit les habitants.
# 5. « Indécidable » est une réponse honnête.

# %% [markdown] id="limites"
# ## Limites de ces données
#
# Le territoire-école est fictif : il sert à apprendre, pas à conclure. Les chiffres nationaux ont plusieurs millésimes et deux périmètres : chacun est cité avec les siens.
#
# ## Suite
#
# [Exercices de la séance 1](../exercises/01_sensibilisation.ipynb) · [Séance 2 : les partenaires](02_partenaires.ipynb) · [Glossaire](glossaire.ipynb)

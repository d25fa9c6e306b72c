"""Quels chiffres manquent, pour quels quartiers, et pourquoi ?

Il faut : un thème, en forme longue : chaque valeur y porte son statut (publié, secret, non significatif…).
On obtient : la liste des vides, quartier par quartier, et leur compte par raison. Un vide n'est jamais un zéro.
"""

import datakit as dk

valeurs = dk.load_indicators("population", geography=2015, form="long")
vides = valeurs[valeurs["status"] != "publie"]
noms = dk.load_qpv(2015).set_index("code_qp")["lib_qp"]
vides = vides.assign(quartier=vides["code"].map(noms))[["code", "quartier", "indicator", "status", "note"]]
vides.to_csv("ce_qui_manque.csv", index=False)
dk.show(vides.groupby("status").size().to_frame("valeurs"), "Valeurs absentes, par raison").save("raisons.xlsx")

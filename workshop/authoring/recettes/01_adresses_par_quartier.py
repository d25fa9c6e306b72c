"""Combien de mes adresses sont dans chaque quartier ?

Il faut : `adresses.csv`, une ligne par adresse, avec sa longitude et sa latitude (`datakit locate --geocode` les cherche).
On obtient : le compte par quartier, et vos lignes avec leur quartier. Près d'un contour, `statut` dit « limite ».
"""

import pandas as pd

import datakit as dk

adresses = pd.read_csv("adresses.csv")
lieux = dk.locate(adresses, dk.load_qpv(2024))
compte = lieux.groupby("code_qp", observed=True).size().to_frame("adresses")
dk.show(compte, "Adresses par quartier", labels={"source": "nos adresses"}).save("adresses_par_quartier.xlsx")
pd.concat([adresses, lieux.add_prefix("qpv_")], axis=1).to_csv("adresses_localisees.csv", index=False)

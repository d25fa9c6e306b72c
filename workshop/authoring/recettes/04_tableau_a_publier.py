"""Comment publier un tableau de bénéficiaires sans que personne y soit reconnu ?

Il faut : `beneficiaires.csv`, une ligne par personne, avec son quartier (`code_qp`) et sa tranche d'âge (`age`).
On obtient : le tableau protégé (les petites cases, et celles qui les trahiraient, sont cachées) et la preuve.
"""

import pandas as pd

import datakit as dk

personnes = pd.read_csv("beneficiaires.csv")
table = pd.crosstab(personnes["code_qp"], personnes["age"], margins=True, margins_name="Ensemble")
protege = dk.secrecy.protect(table, "fiscal")
dk.show(protege.table, "Bénéficiaires par quartier et âge", missing="secret").save("a_publier.xlsx")
protege.bounds.to_csv("preuve_a_garder.csv")

"""Comment livrer tout un département : un tableau et une fiche par quartier ?

Il faut : le numéro du département. Le dépôt, ouvert une fois, sert à toutes les fiches.
On obtient : un classeur et un dossier de fiches PDF.
"""

import datakit as dk

depot = dk.open_depot()
quartiers = dk.load_qpv(2024, department="96", depot=depot)
population = dk.load_indicators("population", geography=2024, depot=depot)
table = dk.join(quartiers, population).drop(columns="geometry").set_index("code_qp")
dk.show(table, "Population des quartiers du département").save("departement.xlsx")
for code in quartiers["code_qp"]:
    dk.profile(code, depot=depot).pdf(f"fiches/{code}.pdf")

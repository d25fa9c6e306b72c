"""Le nombre de demandeurs d'emploi a-t-il baissé entre deux éditions du même fichier ?

Il faut : deux éditions (`release=`). Ce fichier ne dit pas l'année de ses données : on la déclare, et la sortie le répète.
On obtient : l'avant, l'après et l'écart de chaque quartier, en % pour un effectif, en points pour un taux.
"""

import datakit as dk

choix = ["demandeurs_emploi_abc", "taux_emploi"]
avant = dk.load_indicators("emploi", geography=2015, release=2021)[choix]
apres = dk.load_indicators("emploi", geography=2015, release=2022)[choix]
evolution = dk.change(avant, apres, years=(2020, 2021))
dk.show(evolution, "Emploi, d'une édition à l'autre").save("emploi.xlsx")

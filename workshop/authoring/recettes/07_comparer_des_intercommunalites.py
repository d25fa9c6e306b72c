"""Notre intercommunalité vit-elle comme ses voisines ?

Il faut : les SIREN des EPCI. Une médiane publiée pour l'EPCI se compare ; la moyenne des communes ne la remplacerait pas.
On obtient : un tableau et un graphique.
"""

import datakit as dk

siren = ["209600001", "209600002"]
noms = dk.load_communes(epci=siren).drop_duplicates("siren_epci").set_index("siren_epci")["lib_epci"]
revenus = dk.load_indicators("revenus", level="epci", epci=siren).rename(index=noms)
choix = revenus[["niveau_vie_median", "part_prestations_sociales", "part_pensions"]]
dk.show(choix, "Niveaux de vie et revenus, par intercommunalité").save("epci.xlsx")
dk.bars(choix, "niveau_vie_median").save("epci.png")

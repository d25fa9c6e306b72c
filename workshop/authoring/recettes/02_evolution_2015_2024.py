"""Comment la population a-t-elle changé dans les quartiers de 2024, quand l'avant n'est publié que pour ceux de 2015 ?

Il faut : les indicateurs des deux dates, et les contours des deux listes. Seuls des effectifs se convertissent.
On obtient : un tableau par quartier ; ses réserves disent les quartiers comptés en partie et ceux qu'on ne suit pas.
"""

import datakit as dk

passage = dk.crosswalk(2015, 2024, weights="area")
avant = dk.load_indicators("population", geography=2015, release=2022)[["population_municipale"]]
avant = dk.convert(avant[avant.index.isin(passage["origin"])], passage)
apres = dk.load_indicators("population", geography=2024)[["population_municipale"]]
evolution = dk.change(avant, apres)
dk.show(evolution, "Population des quartiers de 2024, avant et après").save("evolution.xlsx")

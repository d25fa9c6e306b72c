"""Combien de ménages et de ménages pauvres par IRIS, quand rien n'est publié à cette maille ?

Il faut : tous les carreaux de 200 mètres autour (un IRIS du bord en partage avec la commune voisine), et les contours des IRIS.
On obtient : une estimation par IRIS, la part de sa surface où il y a un carreau, et ce qui la rend fragile.
"""

import datakit as dk

iris = dk.load_iris(commune="96001")
estime = dk.interpolate(dk.load_grid(), iris, ["ind", "men", "men_pauv"], method="area")
dk.show(estime, "Habitants et ménages par IRIS, estimés aux carreaux").save("iris.xlsx")

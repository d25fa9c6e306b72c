"""Combien de personnes, et de ménages pauvres, dans un périmètre que j'ai dessiné ?

Il faut : `perimetre.geojson` (dessiné dans QGIS ou ailleurs, une ligne par zone, avec un nom) et les carreaux de 200 mètres.
On obtient : une estimation par zone avec sa fourchette (low, high), et la fiche de la première zone.
"""

import geopandas as gpd

import datakit as dk

zones = gpd.read_file("perimetre.geojson")
estime = dk.interpolate(dk.load_grid(), zones, ["ind", "men", "men_pauv"])
estime["part_menages_pauvres"] = dk.rate(estime["men_pauv"], estime["men"])["value"]
dk.show(estime, "Mon périmètre, estimé aux carreaux de 200 mètres").save("perimetre.xlsx")
dk.profile(zones.iloc[[0]]).pdf("perimetre.pdf")

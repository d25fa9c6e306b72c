"""Comment remettre les quartiers et leurs chiffres au service SIG ?

Il faut : les contours et un thème. Le fichier part avec sa projection légale, ses métadonnées et un style QGIS.
On obtient : un GeoPackage qui s'ouvre déjà coloré dans QGIS.
"""

import datakit as dk

quartiers = dk.load_qpv(2024, department="96")
revenus = dk.load_indicators("revenus", geography=2024)
dk.export_gis(dk.join(quartiers, revenus), "quartiers.gpkg", value="taux_pauvrete")

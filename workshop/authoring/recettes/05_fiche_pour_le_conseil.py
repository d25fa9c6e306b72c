"""Que dire d'un quartier en conseil municipal, en deux pages ?

Il faut : le code du quartier (`datakit profile --commune NOM -o DOSSIER` fait toutes les fiches d'une commune).
On obtient : la fiche à imprimer, la même à lire à l'écran, et ses chiffres dans un classeur.
"""

import datakit as dk

fiche = dk.profile("QN09602M")
fiche.pdf("fiche.pdf")
fiche.html("fiche.html")
fiche.xlsx("fiche.xlsx")

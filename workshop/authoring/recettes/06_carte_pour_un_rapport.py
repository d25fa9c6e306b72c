"""Comment montrer la pauvreté des quartiers sur une carte, dans un rapport ?

Il faut : les contours et le thème « revenus ». La carte garde son titre, sa source et son texte de remplacement.
On obtient : une image pour la page, une plus grande pour la diapositive, un PDF pour l'impression.
"""

import datakit as dk

quartiers = dk.load_qpv(2024, epci="209600001")
revenus = dk.load_indicators("revenus", geography=2024)
carte = dk.choropleth(dk.join(quartiers, revenus), "taux_pauvrete")
carte.save("carte.png")
carte.save("carte_diapo.png", size="diapo")
carte.save("carte.pdf")

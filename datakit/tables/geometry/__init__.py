"""Les noyaux géométriques exacts : quel polygone contient ce point, quelle part de ce carreau est dans ce polygone.

Du calcul sur des tableaux numpy, sans rien savoir des QPV : ni codes, ni dépôts, ni étiquettes.
"""

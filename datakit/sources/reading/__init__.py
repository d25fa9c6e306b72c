"""Ouvrir un fichier : archives, séparateurs, classeurs, couches, projections, réparations."""

"""Séance 2 : rien à calculer, tout est dans le fichier de la séance."""

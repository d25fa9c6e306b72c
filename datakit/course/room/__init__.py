"""La salle : ouvrir le programme, préparer les postes, garder le travail."""

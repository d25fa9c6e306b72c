"""Un fichier à publier : ses feuilles, ses tableaux, leurs rôles, ce qui s'y cache, et l'attaque du fichier écrit."""

"""Faire venir un fichier : adresses, téléchargement, contrôles, rangement, géocodage."""

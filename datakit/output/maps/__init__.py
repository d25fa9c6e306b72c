"""Les cartes : à imprimer, à manipuler, à ouvrir dans un SIG."""

"""Choisir les cases à cacher : le problème, l'optimum, l'heuristique, ce qu'on en rend, et la preuve."""

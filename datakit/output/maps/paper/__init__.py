"""La carte imprimée : mettre en page, placer marques et noms, dessiner."""

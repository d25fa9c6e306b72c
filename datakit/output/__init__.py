"""Ce qu'une personne lit : figures, cartes, fiches, tableaux, exports."""

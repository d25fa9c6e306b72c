"""Le générateur du territoire fictif d'Orvanche ; seule la commande qui reconstruit data/ l'importe."""

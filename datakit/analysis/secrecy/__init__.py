"""Secret statistique et anonymat : vérifier, protéger, attaquer, prouver."""

"""Lire une feuille : ses cases, ses tableaux, leurs en-têtes, leurs rôles, leurs sommes."""

"""Ce que tout le reste utilise : codes, projections légales, erreurs, textes français.

N'importe rien d'autre de datakit.
"""

"""Mesurer datakit à côté de ses pairs, dans la même exécution : ``python -m benchmarks``."""

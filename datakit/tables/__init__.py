"""Des fichiers bruts aux tables canoniques : périmètres, indicateurs, correspondance, jointures."""

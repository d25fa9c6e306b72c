"""La formation : exercices, JupyterLab, exports, kit du formateur."""

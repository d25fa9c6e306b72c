"""Les graphiques : barres, répartition, pyramide, pente, nuage, flux, haltères, bandes."""

"""Ce qui se projette et s'imprime : diaporamas, pages, polycopiés, guide, clé."""

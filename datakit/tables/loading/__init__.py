"""Ce que les chargeurs partagent : choisir un territoire, une édition, vérifier une valeur, réunir des fichiers."""

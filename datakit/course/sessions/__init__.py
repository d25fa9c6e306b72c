"""Une séance par paire : un fichier TOML (énoncés, indices, messages) et un module (les calculs attendus)."""

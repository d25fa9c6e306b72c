"""D'où viennent les fichiers et comment on les ouvre : catalogue, dépôts, dialectes, téléchargement."""

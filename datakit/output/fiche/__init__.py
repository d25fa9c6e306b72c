"""La fiche de quartier : ce qu'elle contient (``content.toml``), d'où viennent ses chiffres, comment elle s'écrit."""

"""``python -m datakit`` : la commande, là où le dossier des commandes n'est pas dans le PATH."""

import sys

from datakit.cli import main

if __name__ == "__main__":
    sys.exit(main())

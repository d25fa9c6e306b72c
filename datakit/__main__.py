"""``python -m datakit`` : la commande, là où le dossier des commandes n'est pas dans le PATH."""

import os
import sys

# the folder where a person works must not lend its modules to the command
if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - pathlib imports more than the folder may hide
    del sys.path[0]

from datakit.cli import main

if __name__ == "__main__":
    sys.exit(main())

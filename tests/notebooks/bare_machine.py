"""Les mêmes notebooks sur une machine sans GDAL, sans fil, sans processus, sans réseau : les mêmes sorties.

python -m pytest --nbval -p tests.notebooks.nbval_rules -p tests.notebooks.bare_machine notebooks exercises
"""

import os
import shutil
import tempfile
from pathlib import Path

STARTUP = Path(__file__).with_name("bare_startup.py")


def pytest_configure(config):
    home = Path(tempfile.mkdtemp(prefix="machine-nue-"))
    startup = home / "profile_default" / "startup"
    startup.mkdir(parents=True)
    shutil.copy(STARTUP, startup / "00-machine-nue.py")
    os.environ["IPYTHONDIR"] = str(home)
    # a layer that GDAL read and the cache kept would prove nothing
    os.environ["XDG_CACHE_HOME"] = str(home / "cache")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))

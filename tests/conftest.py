"""Ce que partagent tous les tests : les fichiers officiels réels quand ils sont là, et aucun réseau."""

import signal
import socket
from pathlib import Path

import pytest

# a shell starts its background jobs deaf to Ctrl+C, and every program that a test stops would inherit it
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"
CASES = REAL.with_name("cases")


@pytest.fixture(scope="session")
def real() -> Path:
    """Le dossier des fichiers officiels réels, hors du dépôt ; le test est passé s'il manque."""
    if not REAL.is_dir():
        pytest.skip("fichiers officiels réels absents (dossier shared/real à côté du dépôt)")
    return REAL


@pytest.fixture(scope="session")
def cases() -> Path:
    """Les petits fichiers qui montrent, chacun, une façon dont une donnée trompe ; le test est passé s'ils manquent."""
    if not CASES.is_dir():
        pytest.skip("fichiers de cas absents (dossier shared/cases à côté du dépôt)")
    return CASES


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Toute connexion hors de la machine est une erreur."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"ce test a voulu joindre {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Ni lire ni remplir le cache de la personne qui lance les tests."""
    monkeypatch.setenv("DATAKIT_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))

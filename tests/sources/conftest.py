"""Ce que les tests des lecteurs partagent : fichiers réels s'ils sont là, cache à part, réseau interdit."""

import socket
from pathlib import Path

import pytest

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"


@pytest.fixture(scope="session")
def real():
    """Les fichiers officiels réels, posés à côté du dépôt (jamais dedans)."""
    if not REAL.is_dir():
        pytest.skip("fichiers officiels réels absents (../shared/real)")
    return REAL


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    """No test reads or fills the cache of the person who runs it."""
    monkeypatch.setenv("DATAKIT_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """A test that reaches beyond this machine fails."""
    connect = socket.socket.connect

    def local_only(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"un test a tenté de joindre le réseau : {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)

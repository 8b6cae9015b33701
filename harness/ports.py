"""Ports of this machine's own loopback."""

import socket
from typing import Final

HOST: Final = "127.0.0.1"


def free_port(usual: int) -> int:
    """Return the usual port, or another one where that is taken or 0."""
    for port in (usual, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")

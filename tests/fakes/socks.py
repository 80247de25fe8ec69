"""SOCKS5 proxy that connects every request to one local server."""

from __future__ import annotations

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def socks_proxy(url: str) -> Iterator[str]:
    """Yield the proxy's URL; `url` is that of the server, which speaks plain HTTP."""
    port = int(url.rpartition(":")[2])

    class Proxy(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client = self.request
            client.recv(client.recv(2)[1])
            client.sendall(b"\x05\x00")
            client.recv(3)
            kind = client.recv(1)
            client.recv({b"\x01": 4, b"\x04": 16}.get(kind) or client.recv(1)[0])
            client.recv(2)
            client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
            with socket.create_connection(("127.0.0.1", port)) as server:
                while True:
                    for ready in select.select([client, server], [], [], 5)[0]:
                        data = ready.recv(65536)
                        if not data:
                            return
                        (server if ready is client else client).sendall(data)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"socks5://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Some site on the web, reached as a proxy is: whatever host is asked for, these pages answer.

with FakeSite({"/talk": ("text/html", b"…")}) as site:
    notegen("settings", "set", "sources.proxy", site.url)
    notegen("transcript", "http://talks.example/talk")
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlparse

Page = tuple[str, bytes]
"""Media type and content; "redirect" takes the content as the address to go to."""


class FakeSite:
    """The proxy. `asked` lists the addresses that were asked for."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self.pages = dict(pages)
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                site.asked.append(self.path)
                kind, body = site.pages.get(urlparse(self.path).path, ("", b""))
                if kind == "redirect":
                    self.send_response(302)
                    self.send_header("Location", body.decode())
                    body = b""
                else:
                    self.send_response(200 if kind else 404)
                    self.send_header("Content-Type", kind or "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeSite:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

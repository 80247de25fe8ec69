"""Fake web site reached as a proxy: its pages are served for any requested host.

    with FakeSite({"/talk": ("text/html", b"…")}) as site:
        notegen("settings", "set", "sources.proxy", site.url)
        notegen("transcript", "http://talks.example/talk")

With a certificate it also serves https, for the names in the certificate.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler
from typing import Any
from urllib.parse import urlparse

from .certificates import Certificate

Page = tuple[str, bytes]
"""Media type and content; for "redirect" the content is the target URL, a number such as "403" is
the status of a JSON answer."""
Answer = Page | Callable[[bytes], Page]
"""A page, or a function from the request body to a page."""


class FakeSite:
    """The proxy. Pages are named by path, or by host and path (`vimeo.com/1`), which has priority.

    `asked` lists the requested URLs, `cookies` the last cookies sent to each host. `etags` by path
    make a page conditional; `cut_after` by path is the number of bytes sent before the connection
    is cut.
    """

    def __init__(
        self, pages: Mapping[str, Answer], *, certificate: Certificate | None = None
    ) -> None:
        self.pages = dict(pages)
        self.asked: list[str] = []
        self.cookies: dict[str, str] = {}
        self.etags: dict[str, str] = {}
        self.cut_after: dict[str, int] = {}
        site = self
        secure = certificate.server_context() if certificate else None

        class Handler(BaseHTTPRequestHandler):
            origin = ""

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_CONNECT(self) -> None:
                if secure is None:
                    self.send_error(502)
                    return
                self.send_response(200)
                self.end_headers()
                self.origin = f"https://{self.path.removesuffix(':443')}"
                try:
                    self.request = secure.wrap_socket(self.connection, server_side=True)
                except OSError:  # the client refused the certificate
                    return
                StreamRequestHandler.setup(self)
                self.close_connection = False

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_POST(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                address = urlparse(self.origin + self.path)
                site.asked.append(address.geturl())
                site.cookies[address.hostname or ""] = self.headers.get("Cookie") or ""
                answer = site.pages.get(f"{address.hostname}{address.path}") or site.pages.get(
                    address.path, ("404", b"")
                )
                kind, body = answer(sent) if callable(answer) else answer
                tag = site.etags.get(address.path, "")
                if tag and self.headers.get("If-None-Match") == tag:
                    kind, body = "304", b""
                size, begin = len(body), 0
                if wanted := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or ""):
                    begin = int(wanted[1])
                    body = body[begin:]
                if kind == "redirect":
                    self.send_response(302)
                    self.send_header("Location", body.decode())
                    body = b""
                else:
                    status = 206 if begin else 200
                    self.send_response(int(kind) if kind.isdigit() else status)
                    if begin:
                        self.send_header("Content-Range", f"bytes {begin}-{size - 1}/{size}")
                    if tag:
                        self.send_header("ETag", tag)
                    media = "application/json" if kind.isdigit() and body else kind
                    self.send_header("Content-Type", "text/html" if media.isdigit() else media)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body[: site.cut_after.get(address.path)])

            def finish(self) -> None:
                super().finish()
                if self.origin:
                    self.request.close()

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

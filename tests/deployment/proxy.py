"""A proxy for tests, as plain as can be: each request to the next instance in turn, and to another if that one cannot
be reached. What was sent is never sent twice: then the answer is 502.
"""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.chaos.browser import Broken, Browser
from tests.chaos.waiting import GAP_SECONDS

ROUNDS = 500
SINGLE = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Proxy:
    """Listens on ``port`` until ``stop``. ``web`` are the ports of the instances."""

    def __init__(self, web: Sequence[int]) -> None:
        self._web = tuple(web)
        self._turn = itertools.count()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answers(self) -> bool:
        try:
            return Browser(self.port).get("/healthz").status == 200
        except Broken:
            return False

    def connect(self) -> http.client.HTTPConnection | None:
        """A connection to an instance; None when none can be reached for a while."""
        wait = threading.Event()
        for _ in range(ROUNDS):
            connection = http.client.HTTPConnection(
                "127.0.0.1", self._web[next(self._turn) % len(self._web)], timeout=60
            )
            try:
                connection.connect()
            except OSError:
                wait.wait(GAP_SECONDS)
                continue
            return connection
        return None

    def _handler(proxy) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                connection = proxy.connect()
                if connection is None:
                    self.send_error(503)
                    return
                try:
                    connection.request(self.command, self.path, body, dict(self.headers))
                    response = connection.getresponse()
                    answer = response.read()
                except (OSError, http.client.HTTPException):
                    self.send_error(502)
                    return
                finally:
                    connection.close()
                self.send_response_only(response.status)
                for name, value in response.headers.items():
                    if name.lower() not in SINGLE:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = handle_any

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler

"""A loopback HTTP server that answers as a script says, so that every fault of a real one can be had."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """One answer. `cut_at`: announce the whole body, send that many bytes, hang up. `dribble_s`: pause before
    each byte of the body, `dribble_head_s`: of the headers. `reset`: break the connection without an answer.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    gzip: bool = False
    chunked: bool = False
    cut_at: int | None = None
    stall_at: int | None = None
    dribble_s: float = 0.0
    dribble_head_s: float = 0.0
    reset: bool = False
    raw: bytes | None = None


@dataclass(frozen=True)
class Seen:
    """A request as it came in; header names lower-cased; `port` tells connections apart."""

    path: str
    headers: dict[str, str]
    port: int


class ScriptedServer:
    """Answers each path with the next reply of its script, the last one again and again, else 404."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._scripts: dict[str, list[Reply]] = {}
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        self.port = self._server.server_port
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.stopping = threading.Event()

    def script(self, path: str, *replies: Reply) -> str:
        """Sets what `path` answers from now on; its URL."""
        self._scripts[path] = list(replies)
        return self.url + path

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]

    def next_reply(self, path: str) -> Reply:
        script = self._scripts.get(path, [Reply(404, b"no such file")])
        return script.pop(0) if len(script) > 1 else script[0]

    def close(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        # The clients under test hang up on purpose.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5
        disable_nagle_algorithm = True  # head and body go out apart, which would cost 40 ms each time

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.seen.append(Seen(self.path, headers, self.client_address[1]))
            reply = server.next_reply(self.path)
            time.sleep(reply.delay_s)
            if reply.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._hang_up()
                return
            if reply.raw is not None:
                self.wfile.write(reply.raw)
                self.close_connection = True
                return
            body = gzip.compress(reply.body) if reply.gzip else reply.body
            self._slowly(self._head(reply, len(body)), reply.dribble_head_s)
            if reply.status == 304:
                return
            if reply.chunked:
                body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            if reply.cut_at is not None:
                self.wfile.write(body[: reply.cut_at])
                self._hang_up()
            elif reply.stall_at is not None:
                self.wfile.write(body[: reply.stall_at])
                server.stopping.wait(5)
                self.close_connection = True
            else:
                self._slowly(body, reply.dribble_s)

        def do_CONNECT(self) -> None:
            server.seen.append(Seen(self.path, {}, self.client_address[1]))
            self.send_error(403)

        def _head(self, reply: Reply, length: int) -> bytes:
            lines = {} if reply.status == 304 or reply.chunked else {"Content-Length": str(length)}
            lines |= {"Transfer-Encoding": "chunked"} if reply.chunked else {}
            lines |= {"Content-Encoding": "gzip"} if reply.gzip else {}
            lines |= reply.headers
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            return f"HTTP/1.1 {reply.status} Scripted\r\n{head}\r\n".encode("latin-1")

        def _slowly(self, data: bytes, pause_s: float) -> None:
            if not pause_s:
                self.wfile.write(data)
                return
            for byte in data:
                if server.stopping.wait(pause_s):
                    return
                self.wfile.write(bytes([byte]))

        def _hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.close()
            self.rfile.close()

    return Handler

"""A small GBFS 2.3 feed over HTTP, whose files are as a test makes them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


def station(number: int, **further: Any) -> dict[str, Any]:
    row = {
        "station_id": str(number),
        "num_bikes_available": 3,
        "num_docks_available": 7,
        "is_installed": True,
        "is_renting": True,
        "is_returning": True,
        "last_reported": int(time.time()),
    }
    return row | further


def place(number: int, **further: Any) -> dict[str, Any]:
    row = {"station_id": str(number), "name": f"Station {number}", "lat": 48.8, "lon": 2.3, "capacity": 10}
    return row | further


@contextmanager
def serving(**documents: dict[str, Any]) -> Iterator[str]:
    """These files beside a gbfs.json that lists them, over HTTP; the address of that."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/").removesuffix(".json")
            if name == "moved":
                self.send_response(302)
                self.send_header("Location", "/gbfs.json")
                self.end_headers()
                return
            body = json.dumps(documents[name]).encode() if name in documents else b"<html>"
            self.send_response(200 if name in documents else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
            """Nothing on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        base = f"http://127.0.0.1:{server.server_address[1]}"
        feeds = [{"name": name, "url": f"{base}/{name}.json"} for name in documents]
        documents.setdefault("gbfs", document({"en": {"feeds": feeds}}))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"{base}/gbfs.json"
        finally:
            server.shutdown()
            thread.join()


def document(data: dict[str, Any], **header: Any) -> dict[str, Any]:
    return {"last_updated": int(time.time()), "ttl": 60, "version": "2.3"} | header | {"data": data}

"""Small bike-share systems of other cities, served over HTTP on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def system(
    system_id: str = "bike_share_toronto", timezone: str | None = "America/Toronto", **more: Any
) -> dict[str, Any]:
    """The data of a `system_information`."""
    said = {"system_id": system_id, "name": "Bike Share Toronto", "language": "en", **more}
    return said | ({"timezone": timezone} if timezone else {})


@dataclass
class City:
    """Bodies by the name of the feed; a number is the HTTP status answered in their place."""

    url: str = ""
    bodies: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bikes: int = 3

    def body(self, feed: str) -> Any:
        if feed in self.bodies:
            return self.bodies[feed]
        stations = [
            {"station_id": f"{number}", "num_bikes_available": self.bikes + number, "num_docks_available": 9,
             "is_installed": True, "is_renting": True, "is_returning": True, "last_reported": 1_700_000_000}
            for number in range(5)
        ]  # fmt: skip
        places = [
            {"station_id": f"{number}", "name": f"King St {number}", "lat": 43.65, "lon": -79.38 + number / 100,
             "capacity": 20}
            for number in range(5)
        ]  # fmt: skip
        data = {
            "gbfs": {"en": {"feeds": [
                {"name": name, "url": f"{self.url}{name}.json"}
                for name in ("system_information", "station_information", "station_status")
            ]}},
            "system_information": system(),
            "station_information": {"stations": places},
            "station_status": {"stations": stations},
        }.get(feed)  # fmt: skip
        return 404 if data is None else data


@contextmanager
def city(**bodies: Any) -> Iterator[City]:
    """A GBFS 2.2 system at `url` (its folder), which keyword arguments change feed by feed."""
    served = City(bodies=bodies)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            feed = self.path.rpartition("/")[2].removesuffix(".json")
            served.asked.append(feed)
            found = served.body(feed)
            status, body = (found, b"") if isinstance(found, int) else (200, b"")
            if not isinstance(found, int):
                told = {"last_updated": 1_700_000_000, "ttl": 60, "version": "2.2", "data": found}
                body = found if isinstance(found, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/gbfs/"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()

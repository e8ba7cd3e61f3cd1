"""The simulated hosts on loopback: real HTTP, at the paths of the real ones, with a clock that can be set.

    with SimulatorServer(Network(seed=1), clock=lambda: 1_772_600_400) as server:
        urllib.request.urlopen(server.opendatasoft_url)

No two hosts: GBFS, the Opendatasoft copy and the standard GBFS versions are answered under one base URL.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from types import TracebackType
from typing import NamedTuple, Self

from velib_insights.simulator.feeds.endpoints import EXPORT_PATH, GBFS_PATH, RECORDS_PATH, Feeds
from velib_insights.simulator.feeds.faults import FaultPlan
from velib_insights.simulator.feeds.gbfs import Version
from velib_insights.simulator.feeds.http_response import QuietHTTPServer
from velib_insights.simulator.world.network import Network
from velib_insights.simulator.world.timeline import Timeline

_RATE_LIMIT = 5000  # requests a day, as opendata.paris.fr announced without a key [unverified]


class Request(NamedTuple):
    """One request that was answered. `status` is 0 where no status was sent."""

    path: str
    status: int


class SimulatorServer:
    """A simulated network behind HTTP on 127.0.0.1, in a thread of its own.

    `clock` gives the simulated instant in epoch seconds; without one, simulated time runs from `start` (now, if
    not given) at `speed` times real time. `port` 0 takes a free one.
    """

    def __init__(
        self,
        network: Network | None = None,
        *,
        clock: Callable[[], float] | None = None,
        faults: FaultPlan | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        start: float | None = None,
        speed: float = 1.0,
    ) -> None:
        self.network = network or Network()
        self.timeline = Timeline(self.network)
        self.faults = faults or FaultPlan()
        self.clock = clock or _running_clock(time.time() if start is None else start, speed)
        self.stopping = Event()
        self.feeds = Feeds(self.timeline)
        self._log: list[Request] = []
        self._limit_left = _RATE_LIMIT
        self._lock = Lock()
        self._http = QuietHTTPServer((host, port))
        self._http.simulator = self
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Answer from now on. Does not wait."""
        if self._thread is None:
            self._thread = Thread(
                target=self._http.serve_forever, args=(0.02,), name="simulator", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Stop answering at once: waiting and slow answers are cut. May be called again."""
        self.stopping.set()
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.close_all()

    @property
    def base_url(self) -> str:
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def gbfs_url(self) -> str:
        """The gbfs.json of the feed in the dialect of Vélib' Métropole."""
        return self.base_url + GBFS_PATH

    @property
    def opendatasoft_url(self) -> str:
        """The export of the whole network; takes `?timezone=`."""
        return self.base_url + EXPORT_PATH

    @property
    def opendatasoft_records_url(self) -> str:
        return self.base_url + RECORDS_PATH

    def standard_gbfs_url(self, version: Version) -> str:
        """The gbfs.json of the same network as a standard GBFS system."""
        return f"{self.base_url}/gbfs/{version}/gbfs.json"

    @property
    def requests(self) -> list[Request]:
        """Every request answered so far, oldest first."""
        with self._lock:
            return list(self._log)

    @property
    def now(self) -> int:
        """The simulated instant, epoch seconds."""
        return int(self.clock())

    def set_time(self, epoch: float) -> None:
        """Stand still at that instant from now on."""
        self.clock = lambda: epoch

    def note(self, path: str, status: int) -> None:
        with self._lock:
            self._log.append(Request(path, status))

    def rate_limit(self) -> dict[str, str]:
        """The headers that say how many requests are left; the count only falls."""
        with self._lock:
            self._limit_left = max(0, self._limit_left - 1)
            left = self._limit_left
        reset = (datetime.fromtimestamp(self.now, UTC) + timedelta(days=1)).replace(
            hour=0, minute=0, second=0
        )
        return {
            "X-RateLimit-Limit": str(_RATE_LIMIT),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%d %H:%M:%S+00:00"),
        }


def _running_clock(start: float, speed: float) -> Callable[[], float]:
    if speed <= 0:
        raise ValueError(f"simulated time must run forward, not at {speed} times real time")
    began = time.monotonic()
    return lambda: start + (time.monotonic() - began) * speed

"""Each setting, as a flag, as a variable and in velib.toml: what a user observes of it through a shipped command."""

from __future__ import annotations

import json
import resource
import shutil
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.cities import City, city
from tests.e2e.cli.test_notify import Hook
from tests.e2e.conftest import Said, Velib
from tests.e2e.test_serve import serving
from tests.steps.feeds import record

from velib_insights.settings import SETTINGS, Setting
from velib_insights.simulator.server import SimulatorServer

# Too fine for a flag, or given to what has no command line; the header holds a key, which a list of processes shows.
NO_FLAG = {"connect_timeout", "max_bytes", "project", "feed_header"}
_MANY_HOURS = 50  # from two times 24 on hours are shared between processes


@dataclass
class World:
    """Where a command is run, and the setting that it is given in one of the three ways."""

    velib: Velib
    folder: Path
    given: tuple[list[str], Mapping[str, str]]
    stack: ExitStack
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    filled: Path
    lake: Path = field(init=False)

    def __post_init__(self) -> None:
        self.lake = self.folder / "lake"

    def run(self, *arguments: object, env: Mapping[str, str] | None = None) -> Said:
        flags, variables = self.given
        return self.velib(*arguments, *flags, env={**(env or {}), **variables})

    def city(self, **bodies: Any) -> City:
        return self.stack.enter_context(city(**bodies))

    def copied(self) -> Path:
        """The lake of a small network over six hours."""
        shutil.copytree(self.filled, self.lake)
        return self.lake

    def name_url(self, url: str) -> None:
        """In place of URL, wherever the setting is given."""
        flags, variables = self.given
        self.given = (
            [flag.replace("URL", url) for flag in flags],
            {name: text.replace("URL", url) for name, text in variables.items()},
        )
        toml = self.folder / "velib.toml"
        if toml.exists():
            toml.write_text(toml.read_text().replace("URL", url))

    def ingest(self, url: str, *more: object) -> str:
        """Why the counts could not be fetched, as the note of the fetch says; the outcome where they could."""
        said = self.run(
            "ingest", "--feed", url, "--source", "t", "--timezone", "UTC", "--lake", self.lake, *more
        )
        notes = sorted(self.lake.glob("raw/*/*/*/*.fetch.json"))
        note = json.loads(notes[-1].read_text()) if notes else {"outcome": said.err}
        return note.get("reason") or note["outcome"]


def lake(world: World) -> object:
    shutil.copytree(world.filled, world.folder / "elsewhere")
    return world.run("catalog").code


def source(world: World) -> object:
    served = world.city()
    world.run("ingest", "--feed", served.url, "--lake", world.lake)
    return [path.name for path in world.lake.glob("raw/*")]


def feed(world: World) -> object:
    world.monkeypatch.setattr("velib_insights.adapters.feeds.VELIB_GBFS_URL", "http://127.0.0.1:9/gbfs.json")
    served = world.stack.enter_context(city())
    world.name_url(served.url)
    world.run("ingest", "--source", "t", "--lake", world.lake)
    return "station_status" in served.asked


def feed_header(world: World) -> object:
    server = ScriptedServer()
    url = server.script("/gbfs.json", Reply(status=404))
    world.ingest(url)
    server.close()
    return any(seen.headers.get("x-key") == "opensesame" for seen in server.seen)


def cadence(world: World) -> object:
    record(world.folder / "recorded", 3)
    said = world.run("import", world.folder / "recorded", "--lake", world.lake, "--json")
    assert said.code == 0, said.err
    return json.loads((world.lake / "network.json").read_text())["cadence_s"]


def timezone(world: World) -> object:
    record(world.folder / "recorded", 1)
    world.run("import", world.folder / "recorded", "--lake", world.lake)
    rows = world.velib("query", "SELECT local_hour FROM ticks", "--lake", world.lake, "--json").json()
    return [row["local_hour"] for row in rows]


def connect_timeout(world: World) -> object:
    full = world.stack.enter_context(socket.socket())
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    for _ in range(3):
        waiting = world.stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(full.getsockname())
    return "0.2 s" in world.ingest(
        f"http://127.0.0.1:{full.getsockname()[1]}/gbfs.json", "--attempts", "1", "--deadline", "2"
    )


def _answered(world: World, reply: Reply, *more: object) -> tuple[str, int]:
    server = ScriptedServer()
    world.stack.callback(server.close)
    for name in ("station_status", "station_information", "gbfs", "system_information"):
        server.script(f"/{name}.json", reply if name == "station_status" else Reply(status=404))
    reason = world.ingest(f"{server.url}/gbfs.json", *more)
    return reason, server.paths().count("/station_status.json")


def read_timeout(world: World) -> object:
    reason, _ = _answered(world, Reply(delay_s=1.2), "--attempts", "1", "--deadline", "5")
    return "within 0.3 s" in reason


def deadline(world: World) -> object:
    reason, _ = _answered(world, Reply(status=503, headers={"Retry-After": "2"}), "--attempts", "2")
    return "of 1 s" in reason


def attempts(world: World) -> object:
    return _answered(world, Reply(status=503), "--deadline", "3")[1]


def max_bytes(world: World) -> object:
    reason, _ = _answered(world, Reply(body=b" " * 3000), "--attempts", "1")
    return "larger than" in reason


def workers(world: World) -> object:
    """Whether other processes had a part in the work."""
    record(world.folder / "recorded", 1)
    world.velib("import", world.folder / "recorded", "--lake", world.lake)
    (hour,) = world.lake.glob("raw/*/*/hour=*")
    (date,) = world.lake.glob("raw/*/date=*")
    for number in range(_MANY_HOURS):
        day, of_day = divmod(number, 24)
        other = date.parent / f"date=2026-12-{day + 1:02d}" / f"hour={of_day:02d}"
        other.mkdir(parents=True)
        for path in hour.iterdir():
            shutil.copy(path, other / path.name.replace(path.name[:11], f"202612{day + 1:02d}T{of_day:02d}"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert world.run("clean", "--lake", world.lake).code == 0
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before


def memory(world: World) -> object:
    said = world.run(
        "query", "SELECT current_setting('memory_limit') AS m", "--lake", world.copied(), "--json"
    )
    return said.json()[0]["m"]


def query_timeout(world: World) -> object:
    sql = "SELECT count(*) FROM range(100000) a, range(100000) b WHERE (a.range * b.range) % 7 = 3"
    said = world.run("query", sql, "--lake", world.copied())
    return (said.code, "0.2 s" in said.err)


class _Aws(BaseHTTPRequestHandler):
    """Refuses every call and remembers it."""

    def _refuse(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = do_HEAD = _refuse

    def log_message(self, *_: object) -> None:
        return


def _aws(world: World) -> tuple[str, list[tuple[dict[str, str], bytes]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Aws)
    server.seen = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    world.stack.callback(server.server_close)
    world.stack.callback(server.shutdown)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        world.monkeypatch.setenv(name, "test")
    return f"http://127.0.0.1:{server.server_port}", server.seen  # type: ignore[attr-defined]


def s3_region(world: World) -> object:
    url, seen = _aws(world)
    world.run("catalog", "--lake", "s3://bucket/x", env={"VELIB_S3_ENDPOINT": url})
    return any(
        "/eu-test-7/s3/" in headers.get("authorization", headers.get("Authorization", ""))
        for headers, _ in seen
    )


def s3_endpoint(world: World) -> object:
    url, seen = _aws(world)
    world.name_url(url)
    world.run("catalog", "--lake", "s3://bucket/x", env={"VELIB_S3_REGION": "eu-test-7"})
    return bool(seen)


def _athena(world: World, *more: str) -> bytes:
    url, seen = _aws(world)
    env = {"AWS_ENDPOINT_URL_ATHENA": url, "AWS_DEFAULT_REGION": "eu-test-7", "AWS_MAX_ATTEMPTS": "1"}
    world.run("query", "SELECT 1", *more, env=env)
    return b"".join(body for _, body in seen)


def engine(world: World) -> object:
    return bool(_athena(world))


def athena_database(world: World) -> object:
    return b"another_one" in _athena(world, "--engine", "athena")


def athena_workgroup(world: World) -> object:
    return b"another_one" in _athena(world, "--engine", "athena")


def project(world: World) -> object:
    """On AWS, by the function as it is deployed."""
    from velib_insights.aws import ingest_lambda

    served = world.city()
    for name, value in {"VELIB_LAKE": f"{world.lake}", "VELIB_FEED": served.url, **world.given[1]}.items():
        world.monkeypatch.setenv(name, value)
    ingest_lambda._opened.cache_clear()
    try:
        ingest_lambda.handler({}, None)
    finally:
        ingest_lambda._opened.cache_clear()
    return json.loads(world.capsys.readouterr().out.splitlines()[-1])["Project"]


_TILES = "https://tiles.example/{z}/{x}/{y}.png"


def basemap(world: World) -> object:
    said = world.run("publish", "--lake", world.copied(), "--basemap-attribution", "whose", "--reports", "0")
    assert said.code == 0, said.err
    found = json.loads((world.lake / "site/data/index.json").read_text())["basemap"]
    return found.get("light")


def basemap_attribution(world: World) -> object:
    world.run("publish", "--lake", world.copied(), "--basemap", _TILES, "--reports", "0")
    index = world.lake / "site/data/index.json"
    return json.loads(index.read_text())["basemap"]["attribution"] if index.exists() else None


def _published(world: World, *more: str) -> dict[str, object]:
    said = world.run("publish", "--lake", world.copied(), "--reports", "0", *more)
    assert said.code == 0, said.err
    told: dict[str, object] = json.loads((world.lake / "site/data/index.json").read_text())["basemap"]
    return told


def basemap_dark(world: World) -> object:
    return _published(world, "--basemap", "https://tiles.example/light.json")["dark"]


def basemap_hosts(world: World) -> object:
    _published(world, "--basemap", "https://tiles.example/light.json")
    return "https://more.example" in (world.lake / "site/index.html").read_text()


def _notified(world: World, *more: str) -> list[str]:
    """The rules that were told of."""
    hook = Hook(200)
    world.stack.callback(hook.close)
    world.name_url(hook.url)
    with SimulatorServer() as server:
        given = [hook.url if word == "URL" else word for word in more]
        world.run("watch", "--ticks", "1", "--feed", server.gbfs_url, "--lake", world.lake, *given)
    return [notice["rule"] for notice in hook.got]


_RULE = "network over 0 % unusable"


def notify_url(world: World) -> object:
    return _notified(world, "--notify-when", _RULE)


def notify_when(world: World) -> object:
    return _notified(world, "--notify-url", "URL")


def _served(world: World, **headers: str) -> Mapping[str, str]:
    flags, variables = world.given
    lake = world.copied()
    with serving(
        world.folder, "serve", "--lake", lake, "--port", "0", "--no-open", *flags, env=variables
    ) as served:
        request = urllib.request.Request(f"{served.url}api/health", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return {name.lower(): value for name, value in answer.headers.items()}


def frame_ancestors(world: World) -> object:
    return "frame-ancestors 'self' https://a.example" in _served(world)["content-security-policy"]


def cors_origins(world: World) -> object:
    return _served(world, Origin="https://a.example").get("access-control-allow-origin")


@dataclass(frozen=True)
class Case:
    """What is given, what is then observed, and how."""

    value: str
    observed: object
    probe: Callable[[World], object]


CASES = {
    "lake": Case("elsewhere", 0, lake),
    "source": Case("elsewhere", ["source=elsewhere"], source),
    "feed": Case("URL", True, feed),
    "feed_header": Case("X-Key: opensesame", True, feed_header),
    "cadence": Case("5", 300, cadence),
    "timezone": Case("Asia/Tokyo", [6], timezone),
    "connect_timeout": Case("0.2", True, connect_timeout),
    "read_timeout": Case("0.3", True, read_timeout),
    "deadline": Case("1", True, deadline),
    "attempts": Case("2", 2, attempts),
    "max_bytes": Case("2000", True, max_bytes),
    "workers": Case("1", False, workers),
    "memory": Case("64", "61.0 MiB", memory),
    "query_timeout": Case("0.2", (6, True), query_timeout),
    "s3_region": Case("eu-test-7", True, s3_region),
    "s3_endpoint": Case("URL", True, s3_endpoint),
    "engine": Case("athena", True, engine),
    "athena_database": Case("another_one", True, athena_database),
    "athena_workgroup": Case("another_one", True, athena_workgroup),
    "project": Case("another", "another", project),
    "basemap": Case(_TILES, _TILES, basemap),
    "basemap_dark": Case("https://tiles.example/dark.json", "https://tiles.example/dark.json", basemap_dark),
    "basemap_hosts": Case("https://more.example", True, basemap_hosts),
    "basemap_attribution": Case("whose", "whose", basemap_attribution),
    "frame_ancestors": Case("https://a.example", True, frame_ancestors),
    "cors_origins": Case("https://a.example", "https://a.example", cors_origins),
    "notify_url": Case("URL", [_RULE], notify_url),
    "notify_when": Case(_RULE, [_RULE], notify_when),
}
# Without the setting the probe would wait for its default or ask a host of the Internet.
NO_BASELINE = {"feed", "connect_timeout", "query_timeout", "s3_endpoint"}
WAYS = [
    (setting, way)
    for setting in SETTINGS
    for way in ("flag", "variable", "file", "default")
    if not (way == "flag" and setting.name in NO_FLAG)
    and not (way == "default" and setting.name in NO_BASELINE)
    and not (setting.name == "project" and way == "file")
]


def test_every_setting_is_tested() -> None:
    assert CASES.keys() == {setting.name for setting in SETTINGS}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize(("setting", "way"), WAYS, ids=[f"{s.name}-{way}" for s, way in WAYS])
def test_a_setting_changes_what_a_user_observes(
    setting: Setting,
    way: str,
    velib_here: Velib,
    tmp_path: Path,
    stack: ExitStack,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    filled: Path,
) -> None:
    case = CASES[setting.name]
    flags = [setting.flag, case.value] if way == "flag" else []
    variables = {setting.env: case.value} if way == "variable" else {}
    if way == "file":
        value = case.value if type(setting.default) in (int, float) else json.dumps(case.value)
        (tmp_path / "velib.toml").write_text(f"{setting.name} = {value}\n", "utf-8")
    world = World(velib_here, tmp_path, (flags, variables), stack, capsys, monkeypatch, filled)
    observed = case.probe(world)
    if way == "default":
        assert observed != case.observed
    else:
        assert observed == case.observed


def test_no_more_reports_are_published_than_asked_for(velib_here: Velib, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 60)
    lake = tmp_path / "lake"
    velib_here("import", tmp_path / "recorded", "--lake", lake)
    counts = []
    for wanted in (("--reports", "1"), ()):
        velib_here("publish", "--lake", lake, *wanted)
        counts.append(len(json.loads((lake / "site/data/insights/index.json").read_text())))
    assert counts[0] == 1
    assert counts[1] >= 2

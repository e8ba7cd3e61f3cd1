"""What only the owner of a feed's address should know is nowhere: not on the terminal, not in the lake."""

from __future__ import annotations

import gzip
import json
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.core.bodies import as_body, gbfs, information_row, status_row
from tests.e2e.conftest import Said, Velib

from velib_insights.core.errors import VelibError

NAMES = ("key", "auth", "sig", "pwd", "client_id", "code", "access_token", "X-Amz-Signature")
SECRETS = {name: f"hush{name}" for name in NAMES}
USER, PASSWORD = "hushuser", "hushpassword"
QUERY = "&".join(f"{name}={value}" for name, value in SECRETS.items()) + "&lang=fr"


@pytest.fixture(autouse=True)
def _time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """These feeds do not say theirs, and a lake without one takes nothing in."""
    monkeypatch.setenv("VELIB_TIMEZONE", "Europe/Paris")


class Publisher(ScriptedServer):
    """Answers by the path alone, whatever the query."""

    def next_reply(self, path: str) -> Reply:
        return super().next_reply(path.partition("?")[0])

    def secret_url(self, path: str) -> str:
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}{path}?{QUERY}#hushfragment"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    bodies = gbfs([status_row()], [information_row()])
    names = ("station_status", "station_information")
    listed = [{"name": name, "url": f"{server.url}/{name}.json"} for name in names]
    server.script("/gbfs.json", Reply(body=as_body({"data": {"fr": {"feeds": listed}}})))
    for name in names:
        server.script(f"/{name}.json", Reply(body=bodies[name]))
    server.script("/moved/gbfs.json", Reply(302, headers={"Location": server.secret_url("/gbfs.json")}))
    server.script("/away/gbfs.json", Reply(302, headers={"Location": f"ftp://{USER}@example.org/?{QUERY}"}))
    server.script("/page/gbfs.json", Reply(body=b"<html>Not here</html>"))
    for name in names:
        server.script(f"/page/{name}.json", Reply(body=b"<html>Not here</html>"))
    server.script(
        "/denied/gbfs.json", Reply(401, headers={"WWW-Authenticate": "Basic", "Set-Cookie": "hush=hush"})
    )
    yield server
    server.close()


def assert_no_secret(said: Said, lake: Path) -> None:
    shown = {"standard output": said.out, "standard error": said.err}
    for path in lake.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            body = gzip.decompress(body) if path.suffix == ".gz" else body
            shown[f"{path.relative_to(lake)}"] = f"{path} {body.decode('utf-8', 'replace')}"
    assert [where for where, text in shown.items() if "hush" in text.lower()] == []


@pytest.mark.parametrize("folder", ["", "/moved", "/away", "/page", "/denied"])
@pytest.mark.parametrize(
    "command",
    [
        ("watch", "--ticks", "1"),
        ("run",),
        ("run", "--json"),
        ("ingest",),
        ("ingest", "--json"),
        ("doctor",),
        ("doctor", "--json"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_shows_or_keeps_a_secret_of_the_address(
    publisher: Publisher, velib_here: Velib, tmp_path: Path, command: tuple[str, ...], folder: str
) -> None:
    (tmp_path / "lake").mkdir()
    url = publisher.secret_url(f"{folder}/gbfs.json")
    attempts = () if command[0] == "doctor" else ("--attempts", "1")
    said = velib_here(*command, "--lake", tmp_path / "lake", "--feed", url, *attempts)
    assert publisher.seen, said
    assert_no_secret(said, tmp_path / "lake")


SOUND = f"https://{USER}:{PASSWORD}@gbfs.example.org/gbfs.json?{QUERY}"
UNSOUND = (
    f"https://{USER}:hush/hush@gbfs.example.org/gbfs.json?{QUERY}",
    f"https://{USER}:hush?hush@gbfs.example.org/gbfs.json?{QUERY}",
    f"{USER}:{PASSWORD}@gbfs.example.org/gbfs.json?{QUERY}",
    f"ftp://{USER}:{PASSWORD}@gbfs.example.org/gbfs.json?{QUERY}",
    f"https://{USER}:{PASSWORD}@[gbfs/gbfs.json?{QUERY}",
)


@pytest.mark.parametrize(
    ("url", "source"),
    [(SOUND, ()), *((url, ()) for url in UNSOUND), *((url, ("--source", "town")) for url in UNSOUND)],
)
@pytest.mark.parametrize("command", [("run",), ("watch", "--ticks", "1"), ("ingest", "--json")], ids=" ".join)
def test_no_error_about_the_address_shows_a_secret(
    velib_here: Velib, tmp_path: Path, command: tuple[str, ...], source: tuple[str, ...], url: str
) -> None:
    said = velib_here(*command, "--lake", tmp_path / "lake", "--feed", url, *source)
    assert "error" in said.err
    assert_no_secret(said, tmp_path / "lake")


HEADER = "Authorization: Bearer hushbearer\nX-Api-Key: hushkey"


@pytest.fixture
def elsewhere() -> Iterator[Publisher]:
    server = Publisher()
    bodies = gbfs([status_row()], [information_row()])
    for name in ("station_status", "station_information"):
        server.script(f"/{name}.json", Reply(body=bodies[name]))
    yield server
    server.close()


def keys_of(server: Publisher) -> list[tuple[str, str | None, str | None]]:
    return [
        (seen.path, seen.headers.get("authorization"), seen.headers.get("x-api-key")) for seen in server.seen
    ]


@pytest.mark.parametrize("place", ["variable", "file"])
@pytest.mark.parametrize(
    "command", [("run",), ("watch", "--ticks", "1"), ("ingest", "--json"), ("doctor", "--json")], ids=" ".join
)
def test_a_key_in_a_header_goes_to_its_host_alone_and_is_nowhere(
    publisher: Publisher,
    elsewhere: Publisher,
    velib_here: Velib,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    place: str,
) -> None:
    """To the discovery file and the files listed on its host; not to another host that is listed or redirected to."""
    monkeypatch.chdir(tmp_path)
    listed = [
        {"name": "station_status", "url": f"{publisher.url}/station_status.json"},
        {"name": "station_information", "url": f"{elsewhere.url}/station_information.json"},
        {"name": "vehicle_types", "url": f"{publisher.url}/vehicle_types.json"},
    ]
    publisher.script("/gbfs.json", Reply(body=as_body({"data": {"fr": {"feeds": listed}}})))
    publisher.script("/vehicle_types.json", Reply(302, headers={"Location": f"{elsewhere.url}/types.json"}))
    (tmp_path / "lake").mkdir()
    env = {"VELIB_FEED_HEADER": HEADER} if place == "variable" else {}
    if place == "file":
        (tmp_path / "velib.toml").write_text(f"feed_header = {json.dumps(HEADER)}\n", "utf-8")
    attempts = () if command[0] == "doctor" else ("--attempts", "1")
    said = velib_here(*command, "--lake", "lake", "--feed", f"{publisher.url}/gbfs.json", *attempts, env=env)
    assert {path for path, *_ in keys_of(publisher)} >= {
        "/gbfs.json",
        "/station_status.json",
        "/vehicle_types.json",
    }
    assert {tuple(keys) for _, *keys in keys_of(publisher)} == {("Bearer hushbearer", "hushkey")}
    assert {path for path, *_ in keys_of(elsewhere)} >= {"/station_information.json", "/types.json"}
    assert {tuple(keys) for _, *keys in keys_of(elsewhere)} == {(None, None)}
    assert_no_secret(said, tmp_path / "lake")


@pytest.mark.parametrize(
    "header", ["hushkey", "X-Key: hush\x07", "Bad Name: hush", "Host: hush.example", ": hush"]
)
def test_a_header_that_cannot_be_sent_is_refused_without_being_shown(
    velib_here: Velib, tmp_path: Path, header: str
) -> None:
    said = velib_here("ingest", "--lake", tmp_path / "lake", env={"VELIB_FEED_HEADER": header})
    assert said.code == 2
    assert "VELIB_FEED_HEADER" in said.err
    assert_no_secret(said, tmp_path / "lake")


def test_the_lambda_sends_the_key_and_keeps_it_nowhere(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from velib_insights.aws import ingest_lambda

    settings = {
        "LAKE": f"{tmp_path / 'lake'}",
        "FEED": publisher.secret_url("/gbfs.json"),
        "FEED_HEADER": HEADER,
    }
    for name, value in (settings | {"SOURCE": "town", "CADENCE": "60"}).items():
        monkeypatch.setenv(f"VELIB_{name}", value)
    ingest_lambda._opened.cache_clear()
    answer = ingest_lambda.handler({}, None)
    ingest_lambda._opened.cache_clear()
    assert answer["outcome"] == "ok"
    assert {authorization for _, authorization, _ in keys_of(publisher)} == {"Bearer hushbearer"}
    out, err = capsys.readouterr()
    assert_no_secret(Said(0, f"{out}{answer}", err), tmp_path / "lake")


@pytest.mark.parametrize("folder", ["", "/moved", "/away", "/page", "/denied"])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_a_report_to_send_to_the_publisher_holds_no_secret(
    publisher: Publisher,
    velib_here: Velib,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: tuple[str, ...],
    folder: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sent").mkdir()
    env = {"VELIB_FEED_HEADER": HEADER, "VELIB_ATTEMPTS": "1"}
    url = publisher.secret_url(f"{folder}/gbfs.json")
    said = velib_here("doctor", "--feed", url, "--report", "sent/feed.md", *form, env=env)
    assert (tmp_path / "sent" / "feed.md").is_file()
    assert {authorization for _, authorization, _ in keys_of(publisher)} == {"Bearer hushbearer"}
    assert_no_secret(said, tmp_path / "sent")


@pytest.mark.parametrize(
    "path", ["/nowhere.geojson", "/page/gbfs.json", "/away/gbfs.json", "/denied/gbfs.json"]
)
def test_an_address_of_polygons_is_shown_without_its_secrets(
    publisher: Publisher, velib_here: Velib, tmp_path: Path, path: str
) -> None:
    said = velib_here("zones", publisher.secret_url(path), "--lake", tmp_path / "lake")
    assert said.code in (3, 4)
    assert f"127.0.0.1:{publisher.port}{path}" in said.err
    assert_no_secret(said, tmp_path / "lake")


@pytest.mark.parametrize("folder", ["/away", "/denied", "/page"])
def test_the_lambda_s_error_holds_no_secret(
    publisher: Publisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: str,
) -> None:
    """What Lambda writes to the log of a function that raises."""
    from velib_insights.aws import ingest_lambda

    settings = {
        "LAKE": f"{tmp_path / 'lake'}",
        "FEED": publisher.secret_url(f"{folder}/gbfs.json"),
        "ATTEMPTS": "1",
    }
    for name, value in (settings | {"SOURCE": "town", "FEED_HEADER": HEADER, "CADENCE": "60"}).items():
        monkeypatch.setenv(f"VELIB_{name}", value)
    ingest_lambda._opened.cache_clear()
    with pytest.raises(VelibError) as raised:
        ingest_lambda.handler({}, None)
    ingest_lambda._opened.cache_clear()
    out, err = capsys.readouterr()
    logged = "".join(traceback.format_exception(raised.value))
    assert_no_secret(Said(1, out + logged, err), tmp_path / "lake")

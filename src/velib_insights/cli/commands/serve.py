"""The command that shows the lake in a browser."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from velib_insights.cli.options import settings_from
from velib_insights.cli.terminal.messages import say

if TYPE_CHECKING:
    import socket

    from velib_insights.dashboard.sandbox.pool import SandboxLimits
    from velib_insights.settings import Settings

PORT = 8000
HOST = "127.0.0.1"
_LOCAL_EVERY_S = 2.0
_REMOTE_EVERY_S = 20.0  # a listing of a bucket costs money


def serve(args: Namespace) -> None:
    serve_lake(settings_from(args), args.host, args.port, open_browser=args.open)


def serve_lake(
    settings: Settings, host: str = HOST, port: int | None = None, *, open_browser: bool | None = None
) -> None:
    """Until Ctrl-C or SIGTERM. Without `port` it is 8000, or a free one where that is taken; without `open_browser`
    one opens where a person sits at this screen. Raises SettingsError where the address cannot be had, LakeError
    where the lake cannot be opened.
    """
    from velib_insights import wiring
    from velib_insights.dashboard.live_site import LiveSite
    from velib_insights.dashboard.page import Page
    from velib_insights.dashboard.sandbox.pool import SandboxPool
    from velib_insights.dashboard.server import Server
    from velib_insights.pages.origins import Sharing, origins_in

    lake = wiring.open_lake(settings, create=True)
    basemap = wiring.basemap_of(settings, lake)
    limits = replace(wiring.limits_of(settings), names_flags=False)
    site = LiveSite(lake, lambda: wiring.network_of(settings, lake), limits, basemap)

    pool = SandboxPool(
        str(lake.root or lake.name),
        lambda: wiring.source_to_read(settings, lake),
        s3_region=settings.s3_region or None,
        s3_endpoint=settings.s3_endpoint or None,
        limits=_sandbox_limits(settings),
    )
    page = Page()
    server = Server(
        site,
        pool,
        listening(host, port),
        page=page,
        basemap=basemap,
        sharing=Sharing(
            origins_in(settings.frame_ancestors, "frame_ancestors"),
            origins_in(settings.cors_origins, "cors_origins"),
        ),
        every_s=_LOCAL_EVERY_S if lake.root else _REMOTE_EVERY_S,
    )
    say(f"{server.url} shows {settings.lake}. Ctrl-C stops.")
    if wiring.is_empty(lake):
        say("No data yet. Fill the lake from another terminal: velib watch, velib run or velib import PATH.")
    if page.fault:
        say(page.fault)
    if _opens(open_browser):
        threading.Timer(0.5, webbrowser.open, (server.url,)).start()
    server.run()
    say("Stopped.")


def _sandbox_limits(settings: Settings) -> SandboxLimits:
    """The limits that were set; for what was not, those for untrusted SQL, which are lower than the command's."""
    from velib_insights.dashboard.sandbox.pool import SandboxLimits

    usual = SandboxLimits()
    return SandboxLimits(
        memory_mb=settings.memory if "memory" in settings.given else usual.memory_mb,
        timeout_s=settings.query_timeout if "query_timeout" in settings.given else usual.timeout_s,
    )


def has_person() -> bool:
    """Whether somebody reads what is said and can press Ctrl-C."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


def listening(host: str, port: int | None) -> socket.socket:
    from velib_insights.core.errors import SettingsError
    from velib_insights.dashboard.server import bind

    if port is not None:
        return bind(host, port)
    try:
        return bind(host, PORT)
    except SettingsError:
        return bind(host, 0)


def _opens(wished: bool | None) -> bool:
    """A text browser, as over SSH, would take the terminal: without a screen none is opened unasked."""
    if wished is not None:
        return wished
    has_screen = sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return has_person() and has_screen and not os.environ.get("SSH_CONNECTION")

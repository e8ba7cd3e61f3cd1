"""The command that shows the lake in a browser."""

from __future__ import annotations

import threading
import webbrowser
from argparse import Namespace
from typing import TYPE_CHECKING

from velib_insights.cli.options import settings_from
from velib_insights.cli.show import say

if TYPE_CHECKING:
    from velib_insights.settings import Settings

PORT = 8000
HOST = "127.0.0.1"
_LOCAL_EVERY_S = 2.0
_REMOTE_EVERY_S = 20.0  # a listing of a bucket costs money


def serve(args: Namespace) -> None:
    serve_lake(settings_from(args), args.host, args.port, open_browser=args.open)


def serve_lake(settings: Settings, host: str, port: int, *, open_browser: bool) -> None:
    """Until Ctrl-C or SIGTERM. Raises SettingsError where the address is taken, LakeError where there is no lake."""
    from velib_insights import wiring
    from velib_insights.dashboard.asking import Asking, AskingLimits
    from velib_insights.dashboard.live_site import LiveSite
    from velib_insights.dashboard.page import Page
    from velib_insights.dashboard.server import Server, bind

    lake = wiring.open_lake(settings, create=True)
    site = LiveSite(lake, lambda: wiring.network_of(settings, lake), wiring.limits_of(settings))

    def asking() -> Asking:
        return Asking(
            str(lake.root or lake.name),
            wiring.source_to_read(settings, lake),
            s3_region=settings.s3_region or None,
            s3_endpoint=settings.s3_endpoint or None,
            limits=AskingLimits(),
        )

    page = Page()
    server = Server(
        site,
        asking,
        bind(host, port),
        page=page,
        every_s=_LOCAL_EVERY_S if lake.root else _REMOTE_EVERY_S,
    )
    say(f"{server.url} shows {settings.lake}. Ctrl-C stops.")
    if wiring.holds_nothing(lake):
        say("There is no data yet. Fill it beside this: velib watch, velib run or velib replay DIR.")
    if not page.is_built:
        say("The page is not built, so only the API answers. Build it: uv run python web/build.py")
    if open_browser:
        threading.Timer(0.5, webbrowser.open, (server.url,)).start()
    server.run()

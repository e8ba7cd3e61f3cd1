"""How the server answers: tags and caches, gzip where it is asked for, and errors that say what to do."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from velib_insights.core.errors import LakeError, NothingThere, QueryError, SettingsError, VelibError
from velib_insights.dashboard.files import File
from velib_insights.pages.media_types import REVALIDATED

_LOG = logging.getLogger(__name__)

STATUS: dict[type[VelibError], int] = {
    NothingThere: 404,
    QueryError: 400,
    SettingsError: 400,
    LakeError: 503,
}


# What is wrong with the lake concerns who runs the server, and may name folders and buckets.
UNREADABLE = "the lake cannot be read"
UNREADABLE_HINT = "Whoever runs the server finds the reason in its log. It is tried again every few seconds."


class Missing(VelibError):
    """There is nothing under that address or name."""


class NothingYet(VelibError):
    """The lake holds no data yet: not the asker's fault, and it may change."""


class Busy(VelibError):
    """Too many ask at once, or what is asked takes too long."""


STATUS |= {Missing: 404, NothingYet: 503, Busy: 503}


def file_response(request: Request, file: File, cache: str = REVALIDATED) -> Response:
    """The file with its tag; 304 where the asker has it already."""
    headers = {"ETag": file.etag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if _has(request, file.etag):
        return Response(status_code=304, headers=headers)
    accepted = request.headers.get("accept-encoding", "")
    packed = None
    if file.brotli is not None and _takes("br", accepted):
        packed = file.brotli
        headers["Content-Encoding"] = "br"
    elif _takes("gzip", accepted) and (packed := file.packed) is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(packed or file.body, headers=headers, media_type=file.media_type)


def _takes(wanted: str, accepted: str) -> bool:
    """Whether a reader with this Accept-Encoding takes that coding. What it names holds before `*`."""
    qualities = {}
    for each in accepted.lower().split(","):
        coding, _, quality = each.partition(";")
        qualities[coding.strip()] = quality.strip()
    quality = qualities.get(wanted, qualities.get("*", "q=0"))
    return re.fullmatch(r"q=0(\.0*)?", quality) is None


def json_response(request: Request, value: Any, cache: str = REVALIDATED) -> Response:
    """A value as compact JSON."""
    return file_response(request, File(msgspec.json.encode(value), "json"), cache)


def _has(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return etag.removeprefix("W/") in tags or given.strip() == "*"


def error_response(status: int, name: str, message: str, hint: str = "") -> Response:
    body = msgspec.json.encode({"error": {"class": name, "message": message, "hint": hint}})
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "5"} if status == 503 else {})
    return Response(body, status, headers, "application/json")


def add_error_answers(app: FastAPI) -> None:
    """Every error as {"error": {"class", "message", "hint"}}; what was not foreseen says nothing of our inside."""

    @app.exception_handler(VelibError)
    def _known(_: Request, error: VelibError) -> Response:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        if isinstance(error, LakeError):
            _LOG.warning("%s", error)
            return error_response(status, "LakeError", UNREADABLE, UNREADABLE_HINT)
        return error_response(status, type(error).__name__, error.message, error.hint)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        name = HTTPStatus(error.status_code).phrase.title().replace(" ", "")
        hint = "api/docs lists the addresses." if error.status_code in (404, 405) else ""
        response = error_response(error.status_code, name, f"{error.detail}: {request.url.path[:200]}", hint)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("query", "path"))
        return error_response(400, "BadRequest", f"{where}: {first['msg']}", "api/docs lists the parameters.")

    @app.exception_handler(Exception)
    def _unforeseen(_: Request, error: Exception) -> Response:
        _LOG.error("unforeseen", exc_info=error)
        return error_response(
            500, "Unforeseen", "this is a fault of the server", "It is in the server's log."
        )

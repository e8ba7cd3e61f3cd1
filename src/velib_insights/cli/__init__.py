"""The command line. Each command is a few lines: settings in, step called, result out."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from velib_insights.adapters.process_exit import BROKEN_PIPE, exit_without_teardown
from velib_insights.cli.terminal.capabilities import prepare_streams
from velib_insights.core.errors import LakeError, VelibError
from velib_insights.core.masking import mask_urls_in
from velib_insights.core.printable import printable_lines

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def run() -> NoReturn:
    """The process: `main`, and out."""
    exit_without_teardown(main)


def main(arguments: Sequence[str] | None = None) -> None:
    """The `velib` command. Errors that we know are one message on standard error and their exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    from velib_insights.cli.app import parse

    prepare_streams()
    try:
        args = parse(argv)
        code = args.command.run(args) or 0
        sys.stdout.flush()
        sys.exit(code)
    except VelibError as error:
        _say(error, as_json="--json" in argv)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        _drop_output()  # the reader of our output has left
        sys.exit(BROKEN_PIPE)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _drop_output()
            full = _no_room(error)
            _say(full, as_json="--json" in argv)
            sys.exit(full.exit_code)
        if os.environ.get("VELIB_DEBUG"):
            raise
        hint = "This is a fault of velib-insights. Run it again with VELIB_DEBUG=1 and report what it prints."
        _say(
            VelibError(f"unexpected {type(error).__name__}: {mask_urls_in(str(error))}", hint=hint),
            as_json="--json" in argv,
        )
        sys.exit(1)


def _drop_output() -> None:
    """What is still to be written has no place to go, and must not be tried again while the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _no_room(error: OSError) -> LakeError:
    where = error.filename or "standard output"
    return LakeError(
        f"{where} cannot be written: {os.strerror(error.errno or 0)}",
        hint="Make room, or write to another place with --output.",
    )


def _say(error: VelibError, *, as_json: bool) -> None:
    if as_json:
        told = {
            "error": type(error).__name__,
            "message": error.message,
            "hint": error.hint,
            "exit_code": error.exit_code,
        }
        sys.stderr.write(json.dumps({"error": told}) + "\n")
        return
    red, plain = (
        ("\x1b[1;31m", "\x1b[0m") if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    )
    sys.stderr.write(f"{red}error:{plain} {printable_lines(error.message)}\n")
    if error.hint:
        sys.stderr.write(f"  {printable_lines(error.hint)}\n")

"""How a process of ours ends: what it said is flushed, and the interpreter is not taken down piece by piece.

Threads of the engines that are still at work then would now and then abort the process after its last word: with
DuckDB 2.0 up to every third one after a large answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NoReturn

BROKEN_PIPE = 141


def exit_without_teardown(main: Callable[[], object]) -> NoReturn:
    """Calls `main` and ends the process with its exit code; an exception of any other kind is raised as ever."""
    code: object = 0
    try:
        main()
    except SystemExit as left:
        code = left.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    except OSError:  # a full disk: `main` has said so, or there is no place to say it
        code = code or 1
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)

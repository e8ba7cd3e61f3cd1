"""The versions of a file in a git repository, read by git itself and without a work tree."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from velib_insights.adapters.recordings.member import Member, Unreadable
from velib_insights.adapters.recordings.walk import MOST_BYTES
from velib_insights.core.errors import SettingsError

_STAMP = b"\x1e"  # before each commit in the output of git log
_ABSENT = "0" * 40


class GitHistory:
    """One repository, opened for as long as its members are read. Raises SettingsError where it is none."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        if not repository.exists():
            raise SettingsError(
                f"there is no repository {repository}", hint="Name a clone, bare or not, on this machine."
            )
        done = _git(repository, "rev-parse", "--git-dir")
        if done.returncode:
            raise SettingsError(
                f"{repository} is no git repository: {_said(done)}",
                hint="Clone it first: git clone --mirror URL.",
            )
        self._reader: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            if self._reader.stdin:
                self._reader.stdin.close()
            self._reader.wait(timeout=30)
            if self._reader.stdout:
                self._reader.stdout.close()

    def versions(self, path: str) -> Iterator[Member]:
        """Every version of the files that `path` names, a path or a glob from the repository's root, oldest first.

        Versions of all branches and tags; one that two commits hold is found once for each.
        """
        command = _command(self._repository, "log", "--all", "--reverse", "--date-order", "--raw", "-z")
        command += ["--no-abbrev", "--no-renames", "--diff-merges=first-parent", "--format=%x1e%H %ct"]
        command += ["--", f":(glob){path}"]
        with subprocess.Popen(  # noqa: S603 - git, with arguments of our own
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
        ) as log:
            if log.stdout is None or log.stderr is None:
                return
            for commit, at, entries in _commits(log.stdout.read()):
                for blob, name in entries:
                    yield Member(f"{commit[:10]}:{name}", partial(self._read, blob), committed_at=at)
            said = log.stderr.read().decode("utf-8", "replace").strip()
        if log.returncode:
            raise SettingsError(f"git cannot read {self._repository}: {said}", hint="Check it with git fsck.")

    def _read(self, blob: str) -> bytes:
        """By one process for all blobs: starting git for each would cost more than reading it."""
        if self._reader is None:
            self._reader = subprocess.Popen(  # noqa: S603 - as above
                _command(self._repository, "cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        asked, answered = self._reader.stdin, self._reader.stdout
        if asked is None or answered is None:
            raise Unreadable("git does not answer")
        try:
            asked.write(blob.encode() + b"\n")
            asked.flush()
            head = answered.readline().split()
            if len(head) != 3:
                raise Unreadable(f"git has no blob {blob}")
            body = answered.read(int(head[2]))
            answered.read(1)
        except OSError as error:
            raise Unreadable(str(error)) from error
        if len(body) > MOST_BYTES:
            raise Unreadable(f"it holds {len(body):,} bytes")
        return body


def _commits(log: bytes) -> Iterator[tuple[str, float, list[tuple[str, str]]]]:
    """Commit, its time and the (blob, path) of each version it holds."""
    for text in log.split(_STAMP)[1:]:
        head, _, rest = text.partition(b"\0")
        commit, at = head.split()[:2]
        fields = rest.lstrip(b"\n").split(b"\0")
        entries = []
        for meta, name in zip(fields[::2], fields[1::2], strict=False):
            parts = meta.decode().split()
            if len(parts) == 5 and parts[3] != _ABSENT and parts[1].startswith("100"):
                entries.append((parts[3], name.decode("utf-8", "surrogateescape")))
        yield commit.decode(), float(at), entries


def _command(repository: Path, *words: str) -> list[str]:
    return ["git", "-C", str(repository), "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *words]


def _git(repository: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Raises SettingsError where there is no git."""
    try:
        return subprocess.run(  # noqa: S603 - as above
            _command(repository, *words), capture_output=True, check=False, env=_environment()
        )
    except FileNotFoundError as error:
        raise SettingsError(
            "git is not installed, and reading a git history takes it",
            hint="Install git, or import a folder of files.",
        ) from error


def _environment() -> dict[str, str]:
    """No questions, no pager, no locks; and no repository but the one that is named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat", "LC_ALL": "C"}


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"git ended with {done.returncode}"

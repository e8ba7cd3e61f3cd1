"""The lake: objects by key, in a folder, on S3 or in memory, through one interface.

A reader sees the old object or the new one, never a part: object stores promise it, and in a folder the object
is written beside its place, synced, and renamed into it, and then the folder is synced. So what counts as written
survives a power cut, and a ledger is never on the disk without the files it speaks of.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from velib_insights.adapters import durable_files
from velib_insights.core.errors import LakeError, SettingsError
from velib_insights.core.masking import mask_urls_in, masked_url

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

_STAGED = re.compile(r".+#\d+")


@dataclass(frozen=True, slots=True)
class Entry:
    """An object in a listing; `version` changes when the object does."""

    key: str
    size: int
    version: str


class Lake:
    """Keys are those of core/keys.py. Every method raises LakeError, which names the lake and the key."""

    def __init__(
        self, store: ObjectStore, name: str, root: Path | None = None, s3: dict[str, Any] | None = None
    ) -> None:
        self.store = store
        self.name = name
        self.root = root
        self._s3 = s3 or {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens it anew, and finds credentials for itself."""
        return _reopened, (str(self.root or self.name), self._s3)

    @classmethod
    def open(cls, where: str, *, create: bool = False, **s3: Any) -> Lake:
        """`where` is a folder or `s3://bucket[/prefix]`. A folder that is missing is made only if `create`.

        `s3` are further settings of the store (endpoint, region); credentials are found as AWS tools do.
        Raises SettingsError for an address of another kind, LakeError where there is no lake.
        """
        from obstore.store import LocalStore, S3Store

        if where.startswith("s3://"):
            return cls(S3Store.from_url(where, **_s3_settings(s3)), where, s3=s3)
        if "://" in where:
            raise SettingsError(
                f"{masked_url(where)!r} is not a lake address",
                hint="A lake is a folder or s3://bucket/prefix.",
            )
        root = Path(where).expanduser().absolute()
        if root.exists() and not root.is_dir():
            raise LakeError(f"{where} is a file, not a folder", hint="Name a folder with --lake.")
        if not root.exists() and not create:
            raise LakeError(
                f"there is no lake at {where}",
                hint="Name one with --lake, or start one: velib demo, velib run or velib import PATH.",
            )
        try:
            root.mkdir(parents=True, exist_ok=True)
            return cls(LocalStore(root), where, root)
        except OSError as error:
            raise LakeError(f"the lake {where} cannot be opened: {error.strerror}") from error

    @classmethod
    def in_memory(cls) -> Lake:
        from obstore.store import MemoryStore

        return cls(MemoryStore(), "memory://")

    @property
    def is_in_memory(self) -> bool:
        """Whether it ends with this process and cannot be shared with another."""
        return self.name == "memory://"

    def get(self, key: str) -> bytes | None:
        """The object, or None where there is none."""
        import obstore

        try:
            if self.root is not None:
                return (self.root / key).read_bytes()  # six times as fast, and cleaning reads eight an hour
            return bytes(obstore.get(self.store, key).bytes())
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):  # a folder is no object
            return None
        except Exception as error:
            raise self._error("read", key, error) from error

    def put(self, key: str, body: bytes, *, media_type: str = "", caching: str = "") -> None:
        """Write or replace the object, at once; it is on the disk when this returns.

        A bucket keeps with it how it is to be sent to browsers.
        """
        import obstore

        headers = (
            {"Content-Type": media_type, "Cache-Control": caching} if media_type and not self.root else None
        )
        try:
            if self.root is not None:
                durable_files.write(_place(self.root, key), body)
            else:
                obstore.put(self.store, key, body, attributes=headers)
        except Exception as error:
            raise self._error("written", key, error) from error

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write the object unless the key is taken; whether it was written. Of two writers one wins.

        It is on the disk when this returns.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        try:
            if self.root is not None:
                return durable_files.write_new(_place(self.root, key), body)
            obstore.put(self.store, key, body, mode="create")
        except AlreadyExistsError:
            return False
        except Exception as error:
            if "NotImplemented" not in f"{error!r}":
                raise self._error("written", key, error) from error
            return self._put_where_free(key, body)
        return True

    def _put_where_free(self, key: str, body: bytes) -> bool:
        """For S3 services without conditional writes: of two writers at the same moment both believe to have won."""
        if self.get(key) is not None:
            return False
        self.put(key, body)
        return True

    def delete(self, key: str) -> None:
        """Remove the object if it is there."""
        import obstore

        try:
            if self.root is not None:
                (self.root / key).unlink()
            else:
                obstore.delete(self.store, key)
        except (FileNotFoundError, NotADirectoryError):
            return
        except Exception as error:
            raise self._error("deleted", key, error) from error

    def entries(self, folder: str) -> list[Entry]:
        """Every object below the folder, in the order of keys."""
        import obstore

        try:
            found = [_entry(meta) for chunk in obstore.list(self.store, prefix=folder) for meta in chunk]
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._error("listed", folder, error) from error
        return sorted(found, key=lambda entry: entry.key)

    def entries_between(self, folder: str, first: str, last: str) -> list[Entry]:
        """Every object below those folders in `folder` whose names lie between these two, both included.

        On S3 that is one call for up to a thousand objects, where one for each folder would be paid one by one.
        """
        import obstore

        if self.root is not None:  # where a folder is opened at no price, and the others are not looked at
            names = [name for name in self.folders(folder) if first <= name <= last]
            return [entry for name in names for entry in self.entries(f"{folder}/{name}")]
        found: list[Entry] = []
        try:
            for chunk in obstore.list(self.store, prefix=folder, offset=f"{folder}/{first}"):
                found += [_entry(meta) for meta in chunk]
                if found and _name_below(found[-1].key, folder) > last:
                    break
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._error("listed", folder, error) from error
        among = [entry for entry in found if first <= _name_below(entry.key, folder) <= last]
        return sorted(among, key=lambda entry: entry.key)

    def folders(self, folder: str) -> list[str]:
        """The names of the folders just below, sorted: `date=2026-11-23`, …"""
        import obstore

        try:
            prefixes = obstore.list_with_delimiter(self.store, folder)["common_prefixes"]
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._error("listed", folder, error) from error
        return sorted(str(prefix).rstrip("/").rsplit("/", 1)[-1] for prefix in prefixes)

    def paths(self, entries: Iterable[Entry]) -> list[str]:
        """Where an engine on this machine can read the objects: their place, or a cached copy of them."""
        if self.root is not None:
            return [f"{self.root}/{entry.key}" for entry in entries]
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(self._cached, entries))

    @property
    def cache_root(self) -> Path:
        """Where copies of objects lie that an engine on this machine must read as files."""
        base = os.environ.get("XDG_CACHE_HOME")
        return (Path(base) if base else Path.home() / ".cache") / "velib-insights"

    def evict_cache(self, most_bytes: int) -> None:
        """Remove the copies, those not used for longest first, that are more than so many bytes together."""
        copies = [(path, path.stat()) for path in self.cache_root.rglob("*") if path.is_file()]
        excess = sum(stat.st_size for _, stat in copies) - most_bytes
        for path, stat in sorted(copies, key=lambda copy: max(copy[1].st_atime, copy[1].st_mtime)):
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= stat.st_size

    def partial_writes(self) -> Iterator[Path]:
        """Files that a crash left half written beside their place; no reader sees them."""
        if self.root is not None:
            yield from (path for path in self.root.rglob("*#*") if _STAGED.fullmatch(path.name))

    def _cached(self, entry: Entry) -> str:
        """The cache is keyed by version, so that a replaced object is fetched anew; the path keeps the key."""
        mark = hashlib.sha256(f"{self.name} {entry.version} {entry.size}".encode()).hexdigest()[:16]
        path = self.cache_root / mark / entry.key
        if not path.exists():
            body = self.get(entry.key)
            if body is None:
                raise LakeError(f"{self.name}/{entry.key} vanished while it was read", hint="Try again.")
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_name(f"{path.name}.{os.getpid()}.{id(entry)}")
            half.write_bytes(body)
            half.replace(path)
        return str(path)

    def _error(self, done: str, key: str, error: Exception) -> LakeError:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        cause = mask_urls_in(said.split("\n", 1)[0])
        text = f"{error!r}"
        hint = "See that the lake can be reached and that you may use it."
        if "StorageFull" in text or "No space left" in text or "quota exceeded" in text:
            hint = "The disk is full: free some space and run it again. Nothing stored before is lost."
        elif "PermissionDenied" in text or isinstance(error, PermissionError):
            hint = "You have no right to do this there: check the owner of the folder, or the role on AWS."
        elif self.root is None:
            hint = (
                "Check the bucket's name, the region and your AWS credentials. Profiles and single sign-on are found "
                "through boto3: pip install 'velib-insights[aws]'."
            )
        return LakeError(f"{self.name}/{key} could not be {done}: {cause}", hint=hint)


def _entry(meta: ObjectMeta) -> Entry:
    return Entry(meta["path"], meta["size"], f"{meta.get('e_tag') or meta['last_modified']}")


def _place(root: Path, key: str) -> Path:
    if ".." in key.split("/"):
        raise ValueError("a key leads out of the lake")
    return root / key


def _name_below(key: str, folder: str) -> str:
    return key.removeprefix(f"{folder}/").split("/", 1)[0]


def _reopened(where: str, s3: dict[str, Any]) -> Lake:
    return Lake.open(where, **s3)


def _s3_settings(s3: dict[str, Any]) -> dict[str, Any]:
    from velib_insights.adapters.aws_session import store_credentials

    settings = {key: value for key, value in s3.items() if value is not None}
    if str(settings.get("endpoint", "")).startswith("http://"):
        settings["client_options"] = {"allow_http": True}
    credentials = store_credentials()
    if credentials is not None:
        settings["credential_provider"] = credentials
    return settings

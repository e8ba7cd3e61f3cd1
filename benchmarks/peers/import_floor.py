"""The floor of an import: read, decompress, hash, compress and write every body. Nothing is recognised or judged."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from velib_insights.adapters.compression import compress, decompress


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        body = decompress(path.read_bytes())
        hashlib.sha256(body).hexdigest()
        (target / path.name).write_bytes(compress(body))


if __name__ == "__main__":
    main()

"""The OpenAPI snapshot: ``check`` compares, ``write`` renews it."""

import difflib
import json
import os
import sys
import tempfile
from pathlib import Path

SNAPSHOT = Path(__file__).resolve().parents[1] / "docs" / "reference" / "openapi.json"


def document() -> str:
    """The OpenAPI 3.1 document of the REST interface, as stable text."""
    from heli.site.startup import setup

    setup()
    from heli.site.api import api

    return json.dumps(api.get_openapi_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Check or write; returns the exit code."""
    if "HELI_HOME" not in os.environ:
        os.environ["HELI_HOME"] = tempfile.mkdtemp(prefix="heli-openapi-")
    present = document()
    if arguments == ["write"]:
        SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
        SNAPSHOT.write_text(present, encoding="utf-8")
        return 0
    kept = SNAPSHOT.read_text(encoding="utf-8") if SNAPSHOT.exists() else ""
    if kept == present:
        print("OpenAPI snapshot: unchanged")
        return 0
    changes = difflib.unified_diff(kept.splitlines(), present.splitlines(), lineterm="", n=1)
    print("\n".join(list(changes)[:60]))
    print("The REST interface changed. If that is wanted: make snapshot")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

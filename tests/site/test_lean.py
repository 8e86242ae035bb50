"""What every process would carry if a module named it at its head."""

import os
import subprocess
import sys

HEAVY = ("pyarrow", "numpy", "duckdb", "openpyxl", "nats", "pandas")


def test_libraries_of_few_are_loaded_where_they_are_used(tmp_path):
    code = f"import sys, heli.site.asgi; print([n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"HELI_HOME": str(tmp_path), "HELI_DATABASE_URL": ""},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"

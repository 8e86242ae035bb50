"""Kernels run wherever the program is installed."""

import os
import subprocess
import sys

PROGRAM = """
import warnings
warnings.simplefilter("error")
from heli.engines.traffic.jit import kernel
twice = kernel(eval(compile("lambda x: 2 * x", {name!r}, "eval")))
print(twice(21), len(twice.stats.cache_path or ""))
"""


def run(name, **environment):
    """What a kernel gives whose source lies at ``name``."""
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(name=name)], env=os.environ | environment,
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return told.stdout.split()


def test_a_kernel_is_compiled_where_nothing_can_be_written():
    # No folder of an installation can be written below /proc, and no home, whoever runs the tests.
    nowhere = "/proc/heli/kernels.py"
    assert run(nowhere, HOME="/proc", XDG_CACHE_HOME="/proc") == ["42", "0"]


def test_machine_code_is_kept_where_it_is_told_to(tmp_path):
    name = tmp_path / "kernels.py"
    name.write_text("")
    answer, kept = run(str(name), NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    assert answer == "42"
    assert int(kept) > 0
    assert list((tmp_path / "cache").rglob("*.nbc"))

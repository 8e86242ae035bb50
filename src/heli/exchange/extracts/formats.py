"""Formats of extracts, and where their files lie."""

import re
from pathlib import Path

from heli.exchange.models import ExtractFormat
from heli.kernel.home import folder

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a text begins that a spreadsheet program takes for a formula (OWASP, CSV injection)."""
FORMULA = "^[" + re.escape("".join(FORMULA_STARTS)) + "]"

MEDIA = {
    ExtractFormat.CSV: "text/csv; charset=utf-8",
    ExtractFormat.PARQUET: "application/vnd.apache.parquet",
    ExtractFormat.ARROW: "application/vnd.apache.arrow.stream",
}


def spool(extract_id: object) -> Path:
    """Where the file of an extract lies until it is fetched."""
    return folder("extracts", private=True) / str(extract_id)

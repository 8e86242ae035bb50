"""How long departments have for objections and corrections, with the provision that says so."""

from pathlib import Path

from heli.clocks.terms import TermFile

NAMES = ("record", "dataset", "refusal", "opening", "appeal", "appeal_within", "acknowledgement")

TERMS = TermFile(Path(__file__).with_name("terms.toml"), "openness", NAMES)

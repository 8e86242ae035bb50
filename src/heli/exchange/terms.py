"""How long each step on an application may take, and what follows silence; with its source."""

from pathlib import Path

from heli.clocks.terms import TermFile

STEPS = ("review", "decision", "appeal_1", "appeal_2", "conflict")
SILENCES = ("escalate", "grant")

TERMS = TermFile(
    Path(__file__).with_name("terms.toml"), "exchange", STEPS, (("silence", SILENCES),)
)

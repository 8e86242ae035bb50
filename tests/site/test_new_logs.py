"""Tests that run one after the other in one process do not meet each other's log."""

import pytest
from tests.ledger.happenings import enter

from heli.ledger import selectors


@pytest.mark.parametrize("entries", [3, 1])
def test_no_witness_disputes_the_log_of_a_test(db, entries):
    enter(entries)
    state = selectors.log_state()
    assert (state.size, state.enough, state.disputed) == (entries, True, False)

"""Tells, as JSON, all that a home holds of the storm, read from its database alone."""

import json
import sys
from collections import Counter

from heli.site.startup import setup


def main() -> None:
    """Print the account."""
    setup()
    from heli.cases.models import Matter, ServiceJob, Task
    from heli.clocks.models import Clock, Rung
    from heli.engines import bpmn
    from heli.kernel import clock
    from heli.ledger.models import Fact

    matters = {}
    for row in Matter.objects.all():
        state = bpmn.State.from_json(row.marking)
        matters[row.code] = {
            "text": row.title,
            "state": row.state,
            "status": state.status,
            "open_tokens": sorted(token.id for token in state.open_tasks()),
            "tokens": [[token.node, token.phase] for token in state.tokens],
            "open_tasks": sorted(
                Task.objects.filter(matter=row, closed_at=None).values_list("token", flat=True)
            ),
            "tasks": sorted(row.tasks.values_list("node", "state")),
            "open_clocks": Clock.objects.filter(matter=row.code, kind="cases.task")
            .exclude(state="stopped")
            .count(),
        }
    verbs = ("matter.received", "matter.completed", "task.opened", "task.completed", "service.done")
    facts = {
        verb: Counter(Fact.objects.filter(verb=f"cases.{verb}").values_list("subject", flat=True))
        for verb in verbs
    }
    overdue = Fact.objects.filter(verb="clocks.clock.overdue").values_list("subject", flat=True)
    fired = list(
        Rung.objects.filter(name="overdue", fired_at__isnull=False).values_list("clock", flat=True)
    )
    account = {
        "matters": matters,
        "facts": {verb: dict(counted) for verb, counted in facts.items()},
        "overdue": dict(Counter(overdue)),
        "fired": [f"clocks.clock:{pk}" for pk in fired],
        "waiting_rungs": Clock.objects.filter(kind="cases.timer", state="running")
        .filter(due_at__lte=clock.now())
        .exclude(pk__in=fired)
        .count(),
        "pending_jobs": ServiceJob.objects.filter(state="pending").count(),
        "abandoned_jobs": ServiceJob.objects.filter(state="pending")
        .exclude(claimed_at=None)
        .count(),
        "pending_facts": Fact.objects.filter(leaf_index=None).count(),
        "facts_total": Fact.objects.count(),
    }
    sys.stdout.write(json.dumps(account) + "\n")


if __name__ == "__main__":
    main()

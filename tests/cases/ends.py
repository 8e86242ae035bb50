"""What goes wrong where a step's transaction ends; prints what came of it as JSON.

python -m tests.cases.ends      (HELI_HOME and HELI_DATABASE_URL say where)

In a process of its own, as tests run in a transaction, inside which nothing waits for its end.
"""

import json
import sys
import threading
from unittest import mock

from heli.site.startup import migrate


def elsewhere(ask):
    """What another connection is answered."""
    found = []

    def run():
        from django.db import connection

        found.append(ask())
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def error_of(act):
    try:
        act()
    except Exception as error:  # noqa: BLE001 - any answer counts
        return type(error).__name__
    return "none"


def main():
    migrate()
    from django.db import transaction
    from django.test import Client
    from tests.cases.conftest import restaurant_form

    from heli.cases import codes, services
    from heli.cases.models import Matter, Task
    from heli.cases.plans import plan_of
    from heli.cases.steps import Step
    from heli.demo import organisation
    from heli.engines import bpmn
    from heli.kernel.models import IdempotencyRecord
    from heli.ledger import services as ledger
    from heli.ledger.models import Fact
    from heli.organisation.models import Person

    organisation.seed()
    services.ensure_shipped_procedures()
    ledger.integrate()
    applicant = Person.objects.get(username="applicant1")
    told = {}

    def start(**changes):
        return services.start_matter("open-restaurant", restaurant_form(**changes), by=applicant)

    def counted():
        return [Matter.objects.count(), Task.objects.count(), Fact.objects.count()]

    before = counted()
    told["bad text"] = error_of(lambda: start(shop_name="a\ud800"))
    told["bad text left"] = [now - then for now, then in zip(counted(), before, strict=True)]
    first = start().matter
    told["next is seen"] = elsewhere(lambda: Matter.objects.filter(code=first.code).count())

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(applicant)
    body = {"procedure": "open-restaurant", "form": restaurant_form(shop_name="a\ud800")}
    answer = client.post(
        "/api/v1/cases/matters", json.dumps(body), content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )  # fmt: skip
    told["over rest"] = [answer.status_code, answer.json()["code"]]
    told["keys left"] = elsewhere(IdempotencyRecord.objects.count)

    # Two matters get one code: the second takes another.
    made = codes.new_code
    with mock.patch.object(codes, "new_code", side_effect=[first.code, made()]):
        told["code taken"] = start().matter.code != first.code
    told["matters"] = elsewhere(Matter.objects.count)

    # A step from a state that is not the matter's any more.
    task = first.tasks.select_related("assignee").get(node="Task_Food")
    fire = first.tasks.select_related("assignee").get(node="Task_Fire")
    old = Matter.objects.get(pk=first.pk)
    services.approve(fire.pk, by=fire.assignee)
    facts, hooks = Fact.objects.count(), []

    def stale():
        with transaction.atomic():
            transaction.on_commit(lambda: hooks.append("ran"))
            step = Step(old, plan_of(old.procedure_id), task.assignee.actor)
            step.happen(bpmn.TaskCompleted(task.token))
            step.save()

    told["stale"] = [error_of(stale), Fact.objects.count() - facts, hooks]
    told["then"] = error_of(lambda: services.approve(task.pk, by=task.assignee))
    told["done"] = elsewhere(
        lambda: sorted(
            Task.objects.filter(matter=first, state="done").values_list("node", flat=True)
        )
    )
    ids = list(Fact.objects.values_list("pk", flat=True))
    told["durable"] = error_of(lambda: ledger.ensure_durable(ids))
    told["placed"] = elsewhere(lambda: not Fact.objects.filter(leaf_index=None).exists())
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()

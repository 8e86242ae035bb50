"""Many at once on a real database, in a process of its own; prints what came of it as JSON.

python -m tests.cases.race      (HELI_HOME and HELI_DATABASE_URL say where)
"""

import json
import sys
import threading

from heli.site.startup import migrate


def together(acts):
    """Run all at the same moment; answers what each returned or the name of its error."""
    gate = threading.Barrier(len(acts))
    found = [None] * len(acts)

    def run(place, act):
        from django.db import connection

        try:
            gate.wait()
            found[place] = str(act())
        except Exception as error:  # noqa: BLE001 - any answer counts
            found[place] = type(error).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def main():
    migrate()
    from django.test import Client
    from tests.cases.conftest import restaurant_form

    from heli.cases import services
    from heli.cases.models import Matter, Task
    from heli.demo import organisation
    from heli.engines import bpmn
    from heli.ledger.models import Fact
    from heli.organisation.models import Person

    organisation.seed()
    services.ensure_shipped_procedures()
    people = {person.username: person for person in Person.objects.all()}
    applicant = people["applicant1"]

    def submit():
        return services.start_matter(
            "open-restaurant", restaurant_form(), by=applicant, idempotency_key="once"
        ).matter.code

    submitted = together([submit] * 6)
    matter = Matter.objects.get()

    fire = matter.tasks.get(node="Task_Fire")
    officers = [people[name] for name in ("xfjy02", "xfjy03", "xfjy04", "xfjy05")] * 2
    claimed = together(
        [lambda by=by: services.claim(fire.pk, by=by).assignee_id for by in officers]
    )
    fire.refresh_from_db()

    four = list(matter.tasks.select_related("assignee"))
    approved = together(
        [lambda t=t: services.approve(t.pk, by=t.assignee).state for t in (*four, *four)]
    )
    matter.refresh_from_db()
    state = bpmn.State.from_json(matter.marking)
    issue = list(matter.tasks.filter(node="Task_Issue").values_list("state", flat=True))

    def post(key, **changes):
        # As the web server does it: each request in a thread with a connection of its own.
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(applicant)
        body = json.dumps({"procedure": "open-restaurant", "form": restaurant_form(**changes)})

        def send():
            answer = client.post(
                "/api/v1/cases/matters",
                body,
                content_type="application/json",
                headers={"Idempotency-Key": key},
            ).json()
            return answer.get("code")

        return send

    filed = together([post("rest") for _ in range(6)])
    mixed = together([post("mixed", seats=40 + n % 2) for n in range(6)])

    sys.stdout.write(
        json.dumps(
            {
                "submitted": submitted,
                "filed": filed,
                "mixed": mixed,
                "matters": Matter.objects.count(),
                "claimed": claimed,
                "holder": fire.assignee_id,
                "claims": Fact.objects.filter(verb="cases.task.claimed").count(),
                "approved": approved,
                "completed": Fact.objects.filter(verb="cases.task.completed").count(),
                "issue": issue,
                "tokens": len(state.open_tasks()),
                "open": Task.objects.filter(matter=matter, closed_at=None).count(),
                "revision": matter.revision,
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    main()

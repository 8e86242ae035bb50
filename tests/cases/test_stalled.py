"""A timer that cannot go on: it is tried ever later, and somebody is told once."""

import pytest
from tests.engines.bpmn.build import model

from heli.cases import selectors, services, tasks
from heli.cases.models import Matter, Notice, Task
from heli.clocks import polling
from heli.ledger.models import Fact

EMPTY = {"title": "", "sections": []}
PROCESS = '<process id="process" heli:department="zwzx"'


@pytest.fixture
def start(now, linjiang, applicant):
    def begin(text):
        xml = model(text).replace('<process id="process"', PROCESS)
        services.publish_procedure(xml, EMPTY, by=None, key="stuck", name_zh="等待")
        return services.start_matter("stuck", {}, by=applicant).matter

    return begin


@pytest.fixture
def later(now):
    """Let time pass in small steps, with the worker's jobs at each."""

    def wait(seconds, times=1):
        for _ in range(times):
            now.advance(seconds=seconds)
            polling.poll()
            tasks.tell_stalled()

    return wait


def told(matter):
    rows = Fact.objects.filter(matter=matter.code, verb="cases.step.stalled")
    return [(row.data["node"], row.data["error"]) for row in rows]


UNKNOWN = """
    start s
    and f
    user a heli:department=xfjy heli:sets=size
    catch wait timer=PT1H
    xor g default=g-c
    user b heli:department=xfjy
    user c heli:department=scjg
    and j
    end e
    s -> f -> a -> j
    f -> wait -> g
    g -> b : size > 3
    g -> c
    b -> j
    c -> j -> e
"""


def test_the_accountable_department_is_told_once_and_it_goes_on_when_it_can(
    start, later, applicant, client
):
    matter = start(UNKNOWN)
    later(1800)
    assert not told(matter)
    later(1801)
    assert not told(matter)
    later(10, times=6)
    assert told(matter) == [("wait", "bpmn.missing_variable")]
    matter.refresh_from_db()
    assert matter.waiting_for[0] == "xfjy"
    shown = selectors.matter_page(matter.code, applicant).waiting_for
    assert "“wait”" in shown[1]
    [notice] = Notice.objects.filter(matter=matter, key="matter.stalled")
    assert notice.department_id == "zwzx"
    assert client.get("/healthz").json()["stalled_timers"] == 1
    later(3600, times=3)
    assert len(told(matter)) == 1
    assert Notice.objects.filter(matter=matter, key="matter.stalled").count() == 1

    task = Task.objects.get(matter=matter, node="a")
    services.approve(task.pk, by=task.assignee, variables={"size": 5})
    matter.refresh_from_db()
    assert any(item.startswith("stalled:") for item in matter.waiting_for)
    later(3601)
    matter.refresh_from_db()
    assert matter.waiting_for == ["xfjy"]
    assert Task.objects.get(matter=matter, closed_at=None).node == "b"
    assert client.get("/healthz").json()["stalled_timers"] == 0


CIRCLE = """
    start s
    xor again
    catch one timer=PT0S
    catch two date=2020-01-01T00:00Z
    xor g default=g-again
    end e
    s -> again -> one -> two -> g
    g -> again
    g -> e : 1 == 2
"""


def test_a_circle_of_timers_without_length_is_stopped_and_told(start, later, now, applicant):
    matter = start(CIRCLE)
    before = Fact.objects.filter(matter=matter.code).count()
    later(5, times=20)
    assert told(matter) == [("one", "bpmn.endless_loop")]
    assert Fact.objects.filter(matter=matter.code).count() == before + 1
    assert Matter.objects.get(pk=matter.pk).revision == matter.revision
    services.withdraw_matter(matter, by=applicant)
    assert selectors.stalled_timers() == 0


def test_timers_due_at_once_fire_within_the_step_that_armed_them(start, later):
    matter = start("""
        start s
        catch one timer=PT1H
        catch two timer=PT0S
        catch three date=2020-01-01T00:00Z
        end e
        s -> one -> two -> three -> e
    """)
    later(3601)
    matter.refresh_from_db()
    assert (matter.state, matter.revision) == (Matter.State.COMPLETED, 1)


def test_a_procedure_without_any_way_on_shows_where_it_is_stuck(start, applicant):
    matter = start("""
        start s
        xor g default=g-j
        user b heli:department=xfjy
        and j name=会合
        end e
        s -> g
        g -> b : 1 == 2
        g -> j
        b -> j -> e
    """)
    assert told(matter) == [("j", "bpmn.stalled")]
    assert "“会合”" in selectors.matter_page(matter.code, applicant).waiting_for[0]

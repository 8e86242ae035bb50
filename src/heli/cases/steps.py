"""One step of a matter: an event for the engine, and everything that follows, in one transaction.

A step collects what the engine's effects mean (tasks, clocks, jobs, facts, notices) and writes it
with few statements: one per kind of row, however many rows. The matter row is locked by the caller
and its revision grows by one with every step, so two steps can never start from the same state.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection

from heli.cases import assignment, facts, notices, timers
from heli.cases.errors import StaleMatterError
from heli.cases.models import (
    CollaborationRequest,
    Handover,
    Matter,
    Notice,
    ServiceJob,
    Supplement,
    Task,
)
from heli.cases.models.tasks import NEVER
from heli.cases.plans import REFUSED, Plan
from heli.cases.waiting import waiting_for
from heli.clocks import services as clocks
from heli.engines import bpmn
from heli.engines.bpmn.errors import EndlessLoopError
from heli.kernel import clock, prepared
from heli.kernel.actor import Actor
from heli.kernel.ids import uuid7
from heli.ledger.services import NewFact, record_many
from heli.ledger.verbs import FactData

TASK_CLOCK = "cases.task"
STUCK = "bpmn.stalled"
MOST_AT_ONCE = 100
"""Most timers that may be due one after another within one step."""


class Step:
    """Collects what one event of a matter brings about.

    Args:
        matter: Locked by the caller, or not saved yet.
        plan: What it follows.
        actor: Who caused the step.
    """

    def __init__(self, matter: Matter, plan: Plan, actor: Actor) -> None:
        self.matter = matter
        self.plan = plan
        self.actor = actor
        self.now = clock.now()
        self.state: bpmn.State | None = None
        self.opened: list[Task] = []
        self.withdrawn: list[int] = []
        self.timers: list[bpmn.TimerArmed] = []
        self.disarmed: list[int] = []
        self.stopping: list[Any] = []
        self.facts: list[NewFact] = []
        self.notices: list[Notice] = []
        self.refusal = ""
        self.delivering = False
        self.completed: bpmn.Completed | None = None
        self.batch = prepared.Batch()

    def start(self, variables: Mapping[str, Any]) -> None:
        """Let the engine start."""
        self._take(*bpmn.start(self.plan.engine, variables))

    def happen(self, event: bpmn.Event) -> None:
        """Let the engine go on from where the matter stands."""
        state = self.state or bpmn.State.from_json(self.matter.marking)
        self.delivering = isinstance(event, bpmn.MessageReceived)
        self._take(*bpmn.apply(self.plan.engine, state, event))
        if isinstance(event, bpmn.TimerFired):
            self._fire_due()

    def _fire_due(self) -> None:
        """Timers that are due at once belong to the same step, so a circle of them is noticed.

        Raises:
            EndlessLoopError: They arm each other without end.
        """
        fired = 0
        while due := next((timer for timer in self.timers if timers.due(timer, self.now)), None):
            fired += 1
            if fired > MOST_AT_ONCE or self.state is None:
                raise EndlessLoopError(node=due.node)
            self.timers.remove(due)
            event = bpmn.TimerFired(due.token)
            self._take(*bpmn.apply(self.plan.engine, self.state, event))

    def fact(self, data: FactData, subject: str = "", department: str = "") -> None:
        """Note a fact to be recorded with the step."""
        self.facts.append(
            NewFact(
                data,
                self.actor,
                subject or f"cases.matter:{self.matter.pk}",
                self.matter.code,
                department,
            )
        )

    def _take(self, state: bpmn.State, effects: tuple[bpmn.Effect, ...]) -> None:
        self.state = state
        for effect in effects:
            handler = _HANDLERS.get(type(effect))
            if handler is not None:
                handler(self, effect)

    # -- effects --------------------------------------------------------------------------------

    def _task_opened(self, effect: bpmn.TaskOpened) -> None:
        node = self.plan.nodes[effect.node]
        self.opened.append(
            prepared.make(
                Task,
                id=uuid7(),
                matter_id=self.matter.pk,
                token=effect.token,
                node=effect.node,
                kind=effect.kind,
                name_zh=node.name_zh,
                name_en=node.name_en,
                department_id=node.department,
                competence=node.competence,
                allowance=node.allowance_text,
                opened_at=self.now,
                prepare_at=self.now if self.plan.looks_up(effect.node) else None,
            )
        )
        self.opened[-1].matter = self.matter

    def _task_withdrawn(self, effect: bpmn.TaskWithdrawn) -> None:
        fresh = [task for task in self.opened if task.token == effect.token]
        if fresh:
            self.opened.remove(fresh[0])
        else:
            self.withdrawn.append(effect.token)

    def _timer_armed(self, effect: bpmn.TimerArmed) -> None:
        self.timers.append(effect)

    def _timer_disarmed(self, effect: bpmn.TimerDisarmed) -> None:
        if any(timer.token == effect.token for timer in self.timers):
            self.timers = [timer for timer in self.timers if timer.token != effect.token]
        else:
            self.disarmed.append(effect.token)

    def _message_thrown(self, effect: bpmn.MessageThrown) -> None:
        data = facts.MessageSent(message=effect.name, node=effect.node, awaited=effect.inside)
        self.fact(data, department=self.matter.accountable_id or "")

    def _message_caught(self, effect: bpmn.MessageCaught) -> None:
        """The first one of a message from outside is that message; all others came from inside."""
        inside, self.delivering = not self.delivering, False
        data = facts.MessageReceived(message=effect.name, node=effect.node, inside=inside)
        sender = (self.matter.accountable_id or "") if inside else self.actor.department
        self.fact(data, department=sender)

    def _stalled(self, effect: bpmn.Stalled) -> None:
        """The model is unsound: nothing that is left in it can ever move."""
        nodes = [self.plan.engine.nodes[node] for node in dict.fromkeys(effect.nodes)]
        self.notices += notices.stalled(self.matter, ", ".join(n.name or n.id for n in nodes))
        for node in nodes:
            data = timers.stalled_fact(node, STUCK, 0)
            self.fact(data, department=self.matter.accountable_id or "")

    def _completed(self, effect: bpmn.Completed) -> None:
        self.completed = effect

    # -- writing --------------------------------------------------------------------------------

    def save(self, fields: tuple[str, ...] = ()) -> None:
        """Write everything; the caller's transaction makes it one.

        Args:
            fields: Further fields of the matter the caller changed.

        Raises:
            StaleMatterError: Another step was faster; on PostgreSQL where the transaction ends.
        """
        self._open_tasks()
        if self.withdrawn or (self.completed and self.completed.outcome == "failed"):
            self.batch.run()  # what follows reads the task that ended
        if self.withdrawn:
            self._withdraw_tasks()
        if self.timers or self.disarmed:
            timers.arm(self.matter, self.plan, self.timers, self.facts, self.actor)
            self.stopping += timers.clocks_of(self.matter, self.disarmed)
        if self.completed:
            self._close()
        if self.stopping:
            clocks.stop_many(self.stopping, actor=self.actor, facts_into=self.facts)
        if self.state is not None:
            self._save_matter(fields)
        self.batch.insert(self.notices)
        record_many(self.facts, batch=self.batch)
        self.batch.run(last=True)

    def _open_tasks(self) -> None:
        if not self.opened:
            return
        human = [task for task in self.opened if task.kind != Task.Kind.SERVICE]
        chosen = assignment.assign([(task.department_id, task.competence) for task in human])
        for task, choice in zip(human, chosen, strict=True):
            task.assignee_id, task.reason = choice.person, choice.reason
            if choice.person is None:
                self.notices += notices.unassigned(self.matter, task)
        started: list[NewFact] = []
        self._start_clocks(started)
        self.batch.insert(self.opened)
        for task in self.opened:
            self.fact(_opened(task), f"cases.task:{task.pk}", task.department_id)
        self.facts += started
        jobs = [task for task in self.opened if task.kind == Task.Kind.SERVICE]
        if jobs:
            ServiceJob.objects.bulk_create(
                ServiceJob(
                    task=task,
                    matter=self.matter,
                    service=self.plan.nodes[task.node].service,
                    run_at=self.now,
                )
                for task in jobs
            )

    def _start_clocks(self, started: list[NewFact]) -> None:
        timed = [
            (task, allowance)
            for task in self.opened
            if (allowance := self.plan.nodes[task.node].allowance) is not None
        ]
        if not timed:
            return
        requests = [
            clocks.ClockRequest(
                TASK_CLOCK,
                TASK_CLOCK,
                str(task.pk),
                task.department_id,
                allowance,
                self.matter.code,
                self.now,
            )
            for task, allowance in timed
        ]
        running = clocks.start_many(
            requests, actor=self.actor, facts_into=started, batch=self.batch
        )
        for (task, _), row in zip(timed, running, strict=True):
            task.clock_id, task.due_at, task.at_risk_at = row.pk, row.due_at, row.at_risk_at
            task.order_at = row.due_at or NEVER

    def _withdraw_tasks(self) -> None:
        rows = list(
            self.matter.tasks.filter(token__in=self.withdrawn, closed_at__isnull=True).order_by(
                "token"
            )
        )
        ids = [task.pk for task in rows]
        Task.objects.filter(pk__in=ids).update(
            state=Task.State.WITHDRAWN, closed_at=self.now, closed_by=str(self.actor)
        )
        ServiceJob.objects.filter(task__in=ids, state=ServiceJob.State.PENDING).update(
            state=ServiceJob.State.WITHDRAWN
        )
        Supplement.objects.filter(task__in=ids, state=Supplement.State.ASKED).update(
            state=Supplement.State.WITHDRAWN, answered_at=self.now
        )
        self._withdraw_requests(CollaborationRequest.objects.filter(task__in=ids))
        for task in rows:
            if task.clock_id:
                self.stopping.append(task.clock_id)
            data = facts.TaskWithdrawn(task=str(task.pk), node=task.node, **names(task))
            self.fact(data, f"cases.task:{task.pk}", task.department_id)

    def _withdraw_requests(self, rows: Any) -> None:
        for row in rows.filter(closed_at__isnull=True):
            CollaborationRequest.objects.filter(pk=row.pk).update(
                state=CollaborationRequest.State.WITHDRAWN, closed_at=self.now
            )
            if row.clock_id:
                self.stopping.append(row.clock_id)
            data = facts.RequestWithdrawn(
                request=str(row.pk), asker=row.asker_id, asked=row.asked_id
            )
            self.fact(data, f"cases.request:{row.pk}", row.asker_id)

    def _close(self) -> None:
        """The procedure came to its end."""
        outcome = self.completed
        assert outcome is not None
        failed = outcome.outcome == "failed"
        state = Matter.State.REFUSED if failed else Matter.State.COMPLETED
        parallel = int((self.now - (self.matter.opened_at or self.now)).total_seconds())
        serial = self.matter.serial_seconds
        if failed:
            ground = self.refusal or self._last_ground() or (outcome.code or REFUSED)
            self.matter.closing_reason = ground
            data: FactData = facts.MatterRefused(
                ground=ground, parallel_seconds=parallel, serial_seconds=serial
            )
        else:
            data = facts.MatterCompleted(parallel_seconds=parallel, serial_seconds=serial)
        self.close(state, data)

    def _last_ground(self) -> str:
        refused = self.matter.tasks.filter(state=Task.State.REFUSED).order_by("-closed_at")
        return refused.values_list("ground", flat=True).first() or ""

    def close(self, state: Matter.State, data: FactData) -> None:
        """End the matter: nothing in it stays open."""
        matter = self.matter
        matter.state, matter.closed_at = state, self.now
        if _asks(matter):
            self._withdraw_asks()
        self.fact(data, department=matter.accountable_id or "")
        self.notices += notices.closed(matter)

    def _withdraw_asks(self) -> None:
        """Take back what departments asked of each other."""
        matter = self.matter
        for offer in matter.handovers.filter(state=Handover.State.OFFERED):
            Handover.objects.filter(pk=offer.pk).update(
                state=Handover.State.WITHDRAWN, answered_at=self.now
            )
            if offer.clock_id:
                self.stopping.append(offer.clock_id)
            fact = facts.HandoverWithdrawn(
                handover=str(offer.pk), giver=offer.giver_id, taker=offer.taker_id
            )
            self.fact(fact, f"cases.handover:{offer.pk}", offer.giver_id)
        self._withdraw_requests(CollaborationRequest.objects.filter(matter=matter))

    def _save_matter(self, fields: tuple[str, ...]) -> None:
        matter, state = self.matter, self.state
        assert state is not None
        matter.marking = state.to_json().decode()
        waiting = [] if matter.closed_at else waiting_for(self.plan, state, matter.waiting_for)
        changed = waiting != matter.waiting_for
        matter.waiting_for = waiting
        if matter._state.adding:
            self.batch.insert([matter])
            return
        names = [*_EACH_STEP, *fields, *(_AT_END if matter.closed_at else ())]
        changes = {name: getattr(matter, name) for name in names}
        changes["revision"] = matter.revision + 1
        if changed:
            changes["waiting_for"] = waiting
        where = {"id": matter.pk, "revision": matter.revision}
        self.batch.update(Matter, where, changes, lambda: StaleMatterError(code=matter.code))
        matter.revision += 1


_EACH_STEP = ("marking", "serial_seconds")
_AT_END = ("state", "closed_at", "closing_reason")
_ASKS = f"""
    SELECT EXISTS(SELECT 1 FROM {Handover._meta.db_table}
                  WHERE matter_id = %s AND state = '{Handover.State.OFFERED}')
        OR EXISTS(SELECT 1 FROM {CollaborationRequest._meta.db_table}
                  WHERE matter_id = %s AND closed_at IS NULL)
"""  # noqa: S608 - names of our own tables


def _asks(matter: Matter) -> bool:
    """Whether an offer or a request stands open in the matter."""
    key = Matter._meta.pk.get_db_prep_value(matter.pk, connection)
    return bool(prepared.run(connection, _ASKS, [key, key]).fetchone()[0])


def _opened(task: Task) -> facts.TaskOpened:
    return facts.TaskOpened(
        task=str(task.pk),
        node=task.node,
        kind=task.kind,
        **names(task),
        assignee=str(task.assignee_id or ""),
        reason=task.reason,
        allowance=task.allowance,
        due=task.due_at.isoformat() if task.due_at else "",
    )


def names(task: Task) -> dict[str, str]:
    """Both names of a task, as facts hold them."""
    return {"name_zh": task.name_zh, "name_en": task.name_en}


_HANDLERS: dict[type, Callable[[Step, Any], None]] = {
    bpmn.TaskOpened: Step._task_opened,
    bpmn.TaskWithdrawn: Step._task_withdrawn,
    bpmn.TimerArmed: Step._timer_armed,
    bpmn.TimerDisarmed: Step._timer_disarmed,
    bpmn.MessageThrown: Step._message_thrown,
    bpmn.MessageCaught: Step._message_caught,
    bpmn.Stalled: Step._stalled,
    bpmn.Completed: Step._completed,
}

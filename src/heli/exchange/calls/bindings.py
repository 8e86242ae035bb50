"""What calls serve: a matter, a project or a duty, each as it stands at this moment."""

from collections.abc import Collection, Container, Iterable, Sequence

from django.db.models import Q

from heli.engines.contracts import Binding
from heli.errors import HeliError
from heli.exchange import errors
from heli.exchange.calls.model import Call
from heli.exchange.models import Confirmation, PublicDuty
from heli.exchange.questions import Standing, matter_standings, project_standing
from heli.kernel import clock
from heli.kernel.codes import mistyped


def check(calls: Iterable[Call]) -> None:
    """Refuse every call whose purpose does not live, or that nobody else stands by."""
    going = [call for call in calls if call.error is None]
    bound: dict[Binding, list[Call]] = {}
    for call in going:
        bound.setdefault(call.opened[2].binding, []).append(call)
    _check_matters(bound.get(Binding.MATTER, ()))
    for call in bound.get(Binding.PROJECT, ()):
        _check_project(call)
    _check_duties(bound.get(Binding.PUBLIC_TASK, ()))
    _check_second_person([c for c in going if c.error is None and c.opened[2].second_person])


def _check_matters(calls: Sequence[Call]) -> None:
    named = []
    for call in calls:
        if call.query.matter:
            named.append(call)
        else:
            call.refuse(errors.MatterMissingError(field="matter"))
    if not named:
        return
    asked = [(c.query.matter, c.query.department, c.query.subject_type, c.subject) for c in named]
    for call, standing in zip(named, matter_standings(asked), strict=True):
        check_matter(call, standing)


def check_matter(call: Call, standing: Standing) -> None:
    """Refuse a call that its matter does not carry, saying no more than the caller may know."""
    matter = call.query.matter
    if not standing.known and mistyped(matter):
        call.refuse(errors.MatterMistypedError(field="matter", matter=matter))
    elif not (standing.known and (standing.holds_task or standing.took_part)):
        call.refuse(errors.NoTaskError(matter=matter), _why_no_part(standing))
    elif not standing.live:
        call.refuse(errors.MatterClosedError(matter=matter))
    elif not standing.holds_task:
        call.refuse(errors.NoTaskError(matter=matter))
    elif not standing.concerns_subject:
        call.refuse(errors.SubjectOutsideMatterError(matter=matter))
    elif standing.own_filing:
        call.refuse(errors.OwnFilingError(matter=matter))


def _why_no_part(standing: Standing) -> str:
    """What a department without part in a matter is not told."""
    if not standing.known:
        return errors.UnknownMatterError.code
    return "" if standing.live else errors.MatterClosedError.code


def serving_project(department: str, resource: str, project: str) -> str:
    """What a use serves that is bound to an approved project, as accesses note it.

    Raises:
        ProjectNeededError: None was named.
        ProjectStandingError: The department has no such project that is approved.
    """
    if not project:
        raise errors.ProjectNeededError(field="project")
    if not project_standing(project, department, resource):
        raise errors.ProjectStandingError(project=project)
    return f"{Binding.PROJECT}:{project}"


def serving_duty(department: str, task: str, standing: Container[tuple[str, str]]) -> str:
    """What a use serves that is bound to a statutory duty, as accesses note it.

    Args:
        department: Who uses it.
        task: Code of the duty.
        standing: As :func:`duties_standing` says.

    Raises:
        DutyNeededError: None was named.
        DutyStandingError: The department has no such duty that is in force.
    """
    if not task:
        raise errors.DutyNeededError(field="task")
    if (department, task) not in standing:
        raise errors.DutyStandingError(task=task)
    return f"{Binding.PUBLIC_TASK}:{task}"


def duties_standing(tasks: Collection[str]) -> set[tuple[str, str]]:
    """Departments with those of some duties that are in force, by code."""
    now = clock.now()
    return set(
        PublicDuty.objects.filter(
            Q(valid_until=None) | Q(valid_until__gt=now),
            withdrawn_at=None,
            valid_from__lte=now,
            code__in=tasks,
        ).values_list("department_id", "code")
    )


def _check_project(call: Call) -> None:
    query = call.query
    try:
        call.serves = serving_project(query.department, query.resource, query.project)
    except HeliError as error:
        call.refuse(error)


def _check_duties(calls: Sequence[Call]) -> None:
    if not calls:
        return
    standing = duties_standing({call.query.task for call in calls})
    for call in calls:
        try:
            call.serves = serving_duty(call.query.department, call.query.task, standing)
        except HeliError as error:
            call.refuse(error)


def _check_second_person(calls: Sequence[Call]) -> None:
    if not calls:
        return
    confirmed = set(
        Confirmation.objects.filter(
            confirmed=True,
            until__gt=clock.now(),
            resource__in={call.opened[0].id for call in calls},
            serves__in={call.serves or call.query.matter for call in calls},
        ).values_list("resource_id", "department_id", "serves")
    )
    for call in calls:
        wanted = (call.opened[0].id, call.query.department, call.serves or call.query.matter)
        if wanted not in confirmed:
            call.refuse(errors.SecondPersonError(resource=call.query.resource))

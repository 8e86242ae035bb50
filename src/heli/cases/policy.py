"""Who may do what with one matter, task or request; each answer carries its reason.

Seeing that a matter exists and how far it is (``may_see_matter``) is apart from seeing what its
applicant answered (``may_see_data``): leaders, supervisors and auditors see the first and not the
second. A draft is its author's alone, until data is looked up in it: then those who audit accesses
see that it exists.
"""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from heli.cases.callers import Caller, department_of, has_role, is_person
from heli.cases.models import CollaborationRequest, Handover, Matter, Supplement, Task
from heli.exchange.selectors import had_accesses
from heli.kernel.permissions import Decision, Role, allow, deny
from heli.organisation.selectors import Person

AUDITORS = (Role.SUPERVISOR, Role.AUDIT_ADMIN)
WATCHERS = (Role.LEADER, Role.SUPERVISOR, Role.AUDIT_ADMIN)
HANDLERS = (Role.OFFICER, Role.HEAD, Role.AMBASSADOR)


def acts_for(by: Caller, department: str | None) -> bool:
    """Whether somebody handles matters for a department: its staff, or its system."""
    if not department or department_of(by) != department:
        return False
    return not is_person(by) or has_role(by, *HANDLERS)


def takes_part(by: Caller, matter: Matter) -> bool:
    """Whether the caller's department has, had or is offered a part in the matter."""
    department = department_of(by)
    if not department or (is_person(by) and not has_role(by, *HANDLERS)):
        return False
    if department in (matter.accountable_id, matter.received_by_id):
        return True
    return (
        Task.objects.filter(matter=matter, department=department).exists()
        or CollaborationRequest.objects.filter(
            Q(asked=department) | Q(asker=department), matter=matter
        ).exists()
        or Handover.objects.filter(matter=matter, taker=department).exists()
    )


def is_own(by: Caller, matter: Matter) -> bool:
    """Whether the caller is its applicant."""
    return isinstance(by, Person) and matter.applicant_id == by.pk


def took_in(by: Caller, matter: Matter) -> bool:
    """Whether the caller took it in at a desk."""
    return isinstance(by, Person) and matter.taken_in_by_id == by.pk


def may_see_matter(by: Caller, matter: Matter) -> Decision:
    """That it exists, which departments work on it and how far they are."""
    if is_own(by, matter):
        return allow("own", _("it is your own matter"))
    if matter.state == Matter.State.DRAFT:
        return _may_see_draft(by, matter)
    if has_role(by, *WATCHERS):
        return allow("watcher", _("you watch over all matters"))
    if takes_part(by, matter):
        return allow("takes_part", _("your department takes part in it"))
    return deny("outsider", _("neither you nor your department takes part in this matter"))


def _may_see_draft(by: Caller, matter: Matter) -> Decision:
    """Whoever took it in; and who audits accesses, if data was asked for in it."""
    if took_in(by, matter):
        return allow("taken_in", _("you took it in"))
    if has_role(by, *AUDITORS) and had_accesses(matter.code):
        return allow("accesses", _("data was asked for in it, and you audit such accesses"))
    return deny("draft", _("it is somebody else's draft"))


def may_see_data(by: Caller, matter: Matter) -> Decision:
    """What the applicant answered, whom it concerns and what was looked up."""
    if is_own(by, matter):
        return allow("own", _("it is your own matter"))
    if matter.state == Matter.State.DRAFT:
        others = deny("draft", _("it is somebody else's draft"))
        return allow("taken_in", _("you took it in")) if took_in(by, matter) else others
    department = department_of(by)
    if acts_for(by, matter.accountable_id):
        return allow("accountable", _("your department is accountable for it"))
    if acts_for(by, department) and matter.tasks.filter(department=department).exists():
        return allow("has_task", _("your department has a task in it"))
    if has_role(by, *WATCHERS):
        return deny("watcher", _("who watches over matters needs no personal data for it"))
    return deny("no_task", _("your department has no task in this matter"))


def may_file(by: Caller) -> Decision:
    """File a matter for oneself, or take one in for somebody at a desk."""
    if not is_person(by):
        return allow("system", _("a department's system files for its department"))
    if has_role(by, Role.APPLICANT):
        return allow("applicant", _("you file for yourself"))
    return may_take_in(by)


def may_take_in(by: Caller) -> Decision:
    """Take a matter in for somebody else."""
    if not is_person(by) or has_role(by, Role.AMBASSADOR):
        return allow("ambassador", _("you take matters in for any department"))
    return deny("not_ambassador", _("matters are taken in by service ambassadors"))


def may_claim(by: Caller, task: Task) -> Decision:
    """Take an open task of one's department."""
    if task.kind == Task.Kind.SERVICE:
        return deny("service", _("this is done by the system"))
    if is_person(by) and has_role(by, Role.OFFICER, Role.HEAD, Role.AMBASSADOR):
        if department_of(by) == task.department_id:
            return allow("department", _("it is a task of your department"))
        return deny("other_department", _("it is a task of another department"))
    return deny("not_officer", _("tasks are taken by officers of the department"))


def may_work(by: Caller, task: Task) -> Decision:
    """Ask for supplements, approve, refuse, return: whoever holds the task."""
    if task.kind == Task.Kind.SERVICE:
        return deny("service", _("this is done by the system"))
    if department_of(by) != task.department_id:
        return deny("other_department", _("it is a task of another department"))
    if not isinstance(by, Person):
        return allow("system", _("it is the system of the department"))
    if task.assignee_id == by.pk and has_role(by, *HANDLERS):
        return allow("assignee", _("it is your task"))
    return deny("not_assignee", _("another officer has this task; claim it first"))


def may_release(by: Caller, task: Task) -> Decision:
    """Put a task back: whoever holds it, or the head."""
    working = may_work(by, task)
    return working if working else may_assign(by, task)


def may_assign(by: Caller, task: Task) -> Decision:
    """Give a task to an officer: the head of the department."""
    if has_role(by, Role.HEAD) and department_of(by) == task.department_id:
        return allow("head", _("you head the department"))
    return deny("not_head", _("tasks are given out by the head of the department"))


def _history(matter: Matter) -> Decision | None:
    """Refusal for what was imported: it shows how things went, and nothing more is done in it."""
    if matter.origin == Matter.Origin.IMPORTED:
        return deny("history", _("it is the history of another system; nothing is done in it here"))
    return None


def may_withdraw(by: Caller, matter: Matter) -> Decision:
    """Take a matter back: its applicant, or the desk for somebody without an account."""
    if (history := _history(matter)) is not None:
        return history
    if is_own(by, matter):
        return allow("own", _("it is your own matter"))
    if matter.applicant_id is None and acts_for(by, matter.accountable_id):
        return allow("accountable", _("your department took it in for somebody without account"))
    return deny("not_own", _("only the applicant can withdraw a matter"))


def may_answer_supplement(by: Caller, supplement: Supplement) -> Decision:
    """Answer: the applicant, or at the desk the accountable department for them."""
    if is_own(by, supplement.matter):
        return allow("own", _("it is your own matter"))
    if acts_for(by, supplement.matter.accountable_id):
        return allow("desk", _("your department is accountable and acts for the applicant"))
    return deny("not_own", _("supplements come from the applicant or the accountable department"))


def may_offer_handover(by: Caller, matter: Matter) -> Decision:
    """Offer to hand a matter over: only who is accountable."""
    if (history := _history(matter)) is not None:
        return history
    if acts_for(by, matter.accountable_id):
        return allow("accountable", _("your department is accountable for it"))
    return deny("not_accountable", _("only the accountable department can hand a matter over"))


def may_answer_handover(by: Caller, offer: Handover) -> Decision:
    """Accept or decline: only who it is offered to."""
    if acts_for(by, offer.taker_id):
        return allow("taker", _("it is offered to your department"))
    return deny("not_taker", _("it is offered to another department"))


def may_request(by: Caller, matter: Matter) -> Decision:
    """Ask another department for help: who is accountable or has a task in the matter."""
    if (history := _history(matter)) is not None:
        return history
    department = department_of(by)
    if acts_for(by, matter.accountable_id):
        return allow("accountable", _("your department is accountable for it"))
    if acts_for(by, department) and matter.tasks.filter(department=department).exists():
        return allow("has_task", _("your department has a task in it"))
    return deny("no_task", _("your department has no task in this matter"))


def may_deliver_message(by: Caller, matter: Matter) -> Decision:
    """Deliver a message to a matter: who is accountable or has a task in it."""
    return may_request(by, matter)


def may_answer_request(by: Caller, request: CollaborationRequest) -> Decision:
    """Answer or refuse: only the department that is asked."""
    if acts_for(by, request.asked_id):
        return allow("asked", _("your department is asked"))
    return deny("not_asked", _("another department is asked"))


def may_withdraw_request(by: Caller, request: CollaborationRequest) -> Decision:
    """Take a request back: only the department that asked."""
    if acts_for(by, request.asker_id):
        return allow("asker", _("your department asked"))
    return deny("not_asker", _("another department asked"))


def may_publish(by: Caller) -> Decision:
    """Publish a version of a procedure."""
    if has_role(by, Role.SYSTEM_ADMIN, Role.SUPERVISOR):
        return allow("publisher", _("you publish procedures"))
    return deny("not_publisher", _("procedures are published by supervisors and administrators"))

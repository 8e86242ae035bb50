"""For whom a matter is filed: their identity number, and the department that receives it.

A draft opens the registers for this number and for no other person's; see
:func:`heli.cases.answers.standing`.
"""

from collections.abc import Mapping
from typing import Any

from heli.cases import sealing
from heli.cases.callers import Caller
from heli.cases.forms_schema import Form
from heli.cases.models import Matter
from heli.cases.plans import Plan
from heli.organisation.selectors import Person, identity_of

NUMBER = "number"
_PERSON = "person"


def declared(on_behalf: Mapping[str, str] | None) -> dict[str, str]:
    """What is kept of somebody at a desk: their words, and their identity number sealed."""
    kept = dict(on_behalf or {})
    number = kept.pop(NUMBER, "")
    return kept | ({NUMBER: sealing.seal_text(_PERSON, number)} if number else {})


def number_of(matter: Matter) -> str | None:
    """The applicant's identity number: their account's, or the one declared at the desk."""
    if matter.taken_in_by_id is not None:
        sealed = matter.on_behalf.get(NUMBER)
        return sealing.unseal_text(_PERSON, sealed) if sealed else None
    return identity_of(matter.applicant_id) if matter.applicant_id else None


def number_for(by: Caller, draft: Matter | None, on_behalf: Mapping[str, str] | None) -> str | None:
    """The same for what is being filed; for whom a draft is was settled when it was begun."""
    if draft is not None:
        return number_of(draft)
    if on_behalf is not None:
        return on_behalf.get(NUMBER) or None
    return identity_of(by.pk) if isinstance(by, Person) else None


def account_answers(
    form: Form, by: Caller, draft: Matter | None, on_behalf: Mapping[str, str] | None
) -> dict[str, Any]:
    """Answers that are known of the applicant and cannot be typed."""
    keys = [item.key for item in form.fields.values() if item.account]
    number = number_for(by, draft, on_behalf) if keys else None
    return dict.fromkeys(keys, number) if number else {}


def asks_for_a_person(form: Form) -> bool:
    """Whether a form identifies anybody, so that a draft of it needs to know its applicant."""
    return any(item.subject == _PERSON for item in form.fields.values())


def receiver_of(matter: Matter, plan: Plan) -> str:
    """The department that receives it: the desk's own, or the procedure's first receiver."""
    desk = matter.taken_in_by
    return (desk.department_id if desk is not None else None) or plan.first_receiver

"""Every change to the organisation: one verb, one transaction, one fact."""

from heli.organisation.services.absences import cancel_absence, record_absence
from heli.organisation.services.accounts import (
    begin_second_step,
    change_password,
    confirm_second_step,
    remove_second_step,
    remove_second_step_of,
    reset_password,
    set_active,
    set_identity,
)
from heli.organisation.services.administrators import (
    ask_change,
    changes_open_to,
    confirm_change,
    decline_change,
    kind_of,
)
from heli.organisation.services.departments import (
    NewDepartment,
    change_department,
    change_post,
    create_department,
    create_departments,
    create_post,
)
from heli.organisation.services.people import (
    NewPerson,
    appoint,
    change_person,
    create_people,
    create_person,
    relieve,
    set_competences,
)
from heli.organisation.services.roles import grant_role, revoke_role, role_of
from heli.organisation.services.systems import (
    close_system,
    note_key_use,
    register_system,
    revoke_key,
    rotate_key,
)

__all__ = [
    "NewDepartment",
    "NewPerson",
    "appoint",
    "ask_change",
    "begin_second_step",
    "cancel_absence",
    "change_department",
    "change_password",
    "change_person",
    "change_post",
    "changes_open_to",
    "close_system",
    "confirm_change",
    "confirm_second_step",
    "create_department",
    "create_departments",
    "create_people",
    "create_person",
    "create_post",
    "decline_change",
    "grant_role",
    "kind_of",
    "note_key_use",
    "record_absence",
    "register_system",
    "relieve",
    "remove_second_step",
    "remove_second_step_of",
    "reset_password",
    "revoke_key",
    "revoke_role",
    "role_of",
    "rotate_key",
    "set_active",
    "set_competences",
    "set_identity",
]

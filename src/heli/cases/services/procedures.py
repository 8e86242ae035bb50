"""Publishing procedures."""

import json
from importlib import resources
from typing import Any

from django.db import transaction

from heli.cases import facts, policy
from heli.cases.callers import Caller, actor_of
from heli.cases.errors import (
    BadFormSchemaError,
    UnassignedNodeError,
    UnknownDepartmentError,
    UnknownServiceError,
)
from heli.cases.models import Procedure
from heli.cases.plans import Plan, make_plan
from heli.cases.service_tasks import known as known_service
from heli.cases.service_tasks import names as service_names
from heli.engines import bpmn
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import require
from heli.ledger.services import record
from heli.organisation.selectors import departments

SHIPPED = ("open-restaurant", "start-enterprise", "urban-renewal")


def publish_procedure(
    xml: str,
    form: dict[str, Any],
    *,
    by: Caller | None,
    key: str,
    name_zh: str,
    name_en: str = "",
    first_receiver: str = "",
    summary_zh: str = "",
    summary_en: str = "",
    process: str = "",
) -> Procedure:
    """Publish a version of a procedure; new matters start on it, running ones keep theirs.

    Args:
        xml: BPMN 2.0.
        form: Form schema.
        by: Who publishes; None is Heli itself, for the procedures that come with it.
        key: Stable name over all versions.
        name_zh: Chinese name.
        name_en: English name.
        first_receiver: Department that takes matters in; else ``heli:department`` of the process.
        summary_zh: What it is for.
        summary_en: The same in English.
        process: Id of the process, where the model has several.

    Returns:
        The new version, or the active one where nothing differs from it.

    Raises:
        DeniedError: The caller may not publish.
        RefusedElementsError: The model has elements that are not supported; each is named.
        UnassignedNodeError: A task names no department, or one that does not exist.
        BadFormSchemaError: The form schema breaks a rule.
    """
    if by is not None:
        require(policy.may_publish(by))
    engine = bpmn.compile(bpmn.read(xml), process or None)
    first_receiver = first_receiver or engine.extension.get("department", "")
    with transaction.atomic():
        active = Procedure.objects.select_for_update().filter(key=key, active=True).first()
        row = Procedure(
            key=key,
            version=active.version + 1 if active else 1,
            name_zh=name_zh,
            name_en=name_en,
            summary_zh=summary_zh,
            summary_en=summary_en,
            process=process,
            xml=xml,
            form=form,
            first_receiver_id=first_receiver,
            published_at=clock.now(),
        )
        _examine(row)
        if active and _same(active, row):
            return active
        if active:
            Procedure.objects.filter(pk=active.pk).update(active=False)
        row.save(force_insert=True)
        record(
            facts.ProcedurePublished(
                key=key, version=row.version, name_zh=name_zh, name_en=name_en
            ),
            actor=actor_of(by) if by is not None else HELI,
            subject=f"cases.procedure:{row.pk}",
            department=first_receiver,
        )
    return row


def _same(active: Procedure, row: Procedure) -> bool:
    names = ("name_zh", "name_en", "summary_zh", "summary_en", "xml", "form", "first_receiver_id")
    return all(getattr(active, name) == getattr(row, name) for name in names)


def _examine(row: Procedure) -> Plan:
    plan = make_plan(row)
    known = departments()
    if row.first_receiver_id not in known:
        raise UnknownDepartmentError(field="first_receiver", department=row.first_receiver_id)
    for node in plan.nodes.values():
        if node.department not in known:
            raise UnassignedNodeError(node=node.name_zh, department=node.department)
        if node.kind == "service" and not known_service(node.service):
            names = ", ".join(service_names())
            raise UnknownServiceError(node=node.name_zh, service=node.service, known=names)
    for task in plan.form.lookups:
        if task not in plan.nodes:
            raise BadFormSchemaError(reason=f"lookups are given for {task}, which is no task")
    return plan


def ensure_shipped_procedures() -> list[Procedure]:
    """Publish the procedures that come with Heli, where they are new or changed."""
    folder = resources.files("heli.cases") / "procedures"
    found = []
    for key in SHIPPED:
        given = json.loads((folder / f"{key}.json").read_text("utf-8"))
        found.append(
            publish_procedure(
                (folder / f"{key}.bpmn").read_text("utf-8"),
                given["form"],
                by=None,
                key=key,
                name_zh=given["name_zh"],
                name_en=given["name_en"],
                summary_zh=given["summary_zh"],
                summary_en=given["summary_en"],
            )
        )
    return found

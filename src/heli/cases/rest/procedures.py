"""Procedures over REST."""

from django.http import HttpRequest
from ninja import Router

from heli.cases import services
from heli.cases.models import Procedure
from heli.cases.rest.caller import caller
from heli.cases.schemas.procedures import (
    FieldOut,
    ProcedureDetailOut,
    ProcedureIn,
    ProcedureOut,
    SectionOut,
)
from heli.cases.selectors import form_of, procedures
from heli.cases.services.matters import active_procedure
from heli.kernel.permissions import Role, audience
from heli.kernel.rest import idempotent

router = Router(tags=["procedures"])


@router.get("", response=list[ProcedureOut], summary="What can be filed")
@audience(public=True)
def list_procedures(request: HttpRequest) -> list[ProcedureOut]:
    """The procedures a matter can be filed for now."""
    return [ProcedureOut.of(row) for row in procedures()]


@router.get("/{key}", response=ProcedureDetailOut, summary="A procedure with form and model")
@audience(public=True)
def read_procedure(request: HttpRequest, key: str) -> ProcedureDetailOut:
    """The active version, with its form and its BPMN 2.0 model."""
    row = Procedure.objects.get(pk=active_procedure(key).pk)
    sections = [
        SectionOut(
            key=section.key,
            label=section.label,
            fields=[FieldOut.of(item) for item in section.fields],
        )
        for section in form_of(row).sections
    ]
    return ProcedureDetailOut(**ProcedureOut.of(row).model_dump(), sections=sections, xml=row.xml)


@router.post("", response=ProcedureOut, summary="Publish a version")
@audience(Role.SYSTEM_ADMIN, Role.SUPERVISOR)
@idempotent
def publish(request: HttpRequest, body: ProcedureIn) -> ProcedureOut:
    """Publish a version; new matters start on it, running ones keep theirs."""
    given = body.model_dump()
    xml, form = given.pop("xml"), given.pop("form")
    return ProcedureOut.of(services.publish_procedure(xml, form, by=caller(request), **given))

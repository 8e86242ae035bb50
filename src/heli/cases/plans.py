"""Published procedures, compiled once and kept: what the engine plays and what its nodes mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from heli.cases import forms_schema
from heli.cases.models import Procedure
from heli.engines import bpmn
from heli.engines.bpmn import durations, model
from heli.engines.legaltime import Allowance, Unit
from heli.kernel.localise import bilingual

REFUSED = "refused"
RETURNED = "returned"
_UNITS = {
    "WD": Unit.WORKING_DAYS,
    "WH": Unit.WORKING_HOURS,
    "H": Unit.NATURAL_HOURS,
    "D": Unit.NATURAL_DAYS,
}


@dataclass(frozen=True, slots=True)
class NodePlan:
    """What a task of a procedure means to the administration.

    Attributes:
        department: Code of the department that does it.
        allowance_text: ``WD5``, ``WH16``, ``H48``, ``P30D``; empty for none.
        returnable: The procedure has a way back from it.
        refusal_caught: The procedure says what follows a refusal; else the matter ends refused.
        documentation: Legal basis, Chinese and English.
    """

    id: str
    kind: str
    name_zh: str
    name_en: str
    department: str
    competence: str
    allowance_text: str
    allowance: Allowance | None
    service: str
    returnable: bool
    refusal_caught: bool
    documentation: tuple[str, str]

    @property
    def name(self) -> str:
        """The task's name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)


@dataclass(frozen=True, slots=True)
class Plan:
    """A published procedure, ready to be carried out."""

    id: UUID
    key: str
    version: int
    name_zh: str
    name_en: str
    first_receiver: str
    engine: bpmn.Procedure
    structure: bpmn.Block
    nodes: MappingProxyType[str, NodePlan]
    form: forms_schema.Form

    def looks_up(self, task: str) -> bool:
        """Whether data is looked up in the background for a task: not for those of services."""
        return task in self.form.lookups and self.nodes[task].kind != "service"

    def title_of(self, answers: Mapping[str, Any]) -> str:
        """What a matter with these answers is called, by the form's template."""
        made = self.form.title.format_map(_Shown(self.form, answers))
        return made.strip(" ·，,")[:200] or self.name_zh


class _Shown(dict[str, str]):
    """Answers as a title shows them; empty where there is none."""

    def __init__(self, form: forms_schema.Form, answers: Mapping[str, Any]) -> None:
        self._fields, self._answers = form.fields, answers

    def __missing__(self, key: str) -> str:
        return self._fields[key].shown(self._answers[key]) if key in self._answers else ""


def parse_allowance(text: str) -> Allowance | None:
    """An allowance as procedures write it; None for an empty text.

    ``WD5`` working days, ``WH16`` working hours, ``H48`` natural hours, ``P30D`` natural days,
    ``PT48H`` natural hours.

    Raises:
        ValueError: It is none of these.
        BadAllowanceError: It is longer than ten years.
    """
    if not text:
        return None
    found = durations.counted(text)
    if found is None:
        raise ValueError(text)
    amount, unit = found
    return Allowance(amount, _UNITS[unit])


@lru_cache(maxsize=256)
def plan_of(procedure_id: UUID) -> Plan:
    """The plan of a published version, compiled on first use; a version never changes.

    Raises:
        Procedure.DoesNotExist: There is no such version.
    """
    row = Procedure.objects.get(pk=procedure_id)
    return make_plan(row)


def make_plan(row: Procedure) -> Plan:
    """Compile a procedure.

    Raises:
        RefusedElementsError: The model has elements that cannot be carried out.
    """
    definitions = bpmn.read(row.xml)
    engine = bpmn.compile(definitions, row.process or None)
    texts = _documentation(definitions)
    return Plan(
        id=row.pk,
        key=row.key,
        version=row.version,
        name_zh=row.name_zh,
        name_en=row.name_en,
        first_receiver=row.first_receiver_id,
        engine=engine,
        structure=bpmn.structure(engine),
        nodes=MappingProxyType(
            {
                node.id: _node_plan(node, engine, texts.get(node.id, ("", "")))
                for node in engine.nodes.values()
                if node.work
            }
        ),
        form=forms_schema.read_form(row.form),
    )


def _documentation(definitions: model.Definitions) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for process in definitions.processes:
        for node in model.walk(process.body):
            text = "\n".join(item.content() for item in node.documentation)
            chinese, _, english = text.partition("\n")
            found[node.id] = (chinese.strip(), english.strip())
    return found


def _node_plan(node: bpmn.Node, engine: bpmn.Procedure, texts: tuple[str, str]) -> NodePlan:
    given = node.extension
    allowance = given.get("allowance", "")
    return NodePlan(
        id=node.id,
        kind=node.work,
        name_zh=node.name or node.id,
        name_en=given.get("nameEn", ""),
        department=given.get("department", "") or engine.extension.get("department", ""),
        competence=given.get("competence", ""),
        allowance_text=allowance,
        allowance=parse_allowance(allowance),
        service=given.get("service", ""),
        returnable=_caught(node, engine, RETURNED),
        refusal_caught=_caught(node, engine, REFUSED),
        documentation=texts,
    )


def _caught(node: bpmn.Node, engine: bpmn.Procedure, code: str) -> bool:
    """Whether a boundary event here or on a sub-process around takes an error."""
    around: bpmn.Node | None = node
    while around is not None:
        if any(caught in (code, None) for caught, _ in around.catches):
            return True
        around = engine.nodes.get(around.scope) if around.scope else None
    return False

"""The same procedures played by SpiffWorkflow: the same tasks must be ready after every step."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.engines.bpmn import blocks
from tests.engines.bpmn.build import model
from tests.engines.bpmn.play import Case

pytest.importorskip("SpiffWorkflow")

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState


class Peer:
    """A case in SpiffWorkflow with the words of ``Case``."""

    def __init__(self, source, variables):
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(model(source)))
        spec = parser.get_spec("process")
        self.workflow = BpmnWorkflow(spec, parser.get_subprocess_specs("process"))
        self.workflow.task_tree.data.update(variables)
        for task in self.workflow.get_tasks(state=TaskState.READY):
            task.data.update(variables)
        self.workflow.do_engine_steps()

    def open(self):
        return self.workflow.get_tasks(state=TaskState.READY, manual=True)

    @property
    def ready(self):
        return sorted(task.task_spec.bpmn_id for task in self.open())

    def done(self, node):
        next(task for task in self.open() if task.task_spec.bpmn_id == node).run()
        self.workflow.do_engine_steps()


@settings(max_examples=80, deadline=None)
@given(block=blocks.blocks(loops=False, messages=True), data=st.data())
def test_same_ready_tasks_after_every_step(block, data):
    source, variables = blocks.source(block), blocks.variables(block)
    case, peer = Case(source, **variables), Peer(source, variables)
    while case.state.running:
        assert case.ready == peer.ready
        task = data.draw(st.sampled_from(case.ready))
        case.done(task)
        peer.done(task)
    assert peer.ready == []
    assert peer.workflow.is_completed()

"""Play a case by task names, checking on the way what must always hold."""

from tests.engines.bpmn.build import model

from heli.engines import bpmn


class Case:
    """One case; every step must survive encoding and must leave the former state alone."""

    def __init__(self, source, **variables):
        self.procedure = bpmn.compile(bpmn.read(model(source)))
        self.state, self.effects = bpmn.start(self.procedure, variables)
        self.trail = list(self.effects)
        self._check()

    def apply(self, event):
        before = self.state.to_json()
        state, self.effects = bpmn.apply(self.procedure, self.state, event)
        assert self.state.to_json() == before
        self.state = state
        self.trail += self.effects
        self._check()
        return self

    def _check(self):
        assert bpmn.State.from_json(self.state.to_json()) == self.state
        numbers = [token.id for token in self.state.tokens]
        numbers += [scope.id for scope in self.state.scopes]
        assert len(numbers) == len(set(numbers))
        assert all(number < self.state.next for number in numbers)
        scopes = {scope.id for scope in self.state.scopes} | {0}
        assert all(token.scope in scopes for token in self.state.tokens)

    @property
    def ready(self):
        """Names of open tasks, sorted."""
        return sorted(token.node for token in self.state.open_tasks())

    def token(self, node, phase=None):
        return next(
            token.id
            for token in self.state.tokens
            if token.node == node and phase in (None, token.phase)
        )

    def done(self, *nodes, **variables):
        for node in nodes:
            self.apply(bpmn.TaskCompleted(self.token(node, "task"), variables))
        return self

    def fire(self, node):
        return self.apply(bpmn.TimerFired(self.token(node)))

    def message(self, name, **variables):
        return self.apply(bpmn.MessageReceived(name, None, variables))

    def fail(self, node, code):
        return self.apply(bpmn.ErrorRaised(self.token(node, "task"), code))

    def of(self, kind):
        """Effects of one kind among the latest."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

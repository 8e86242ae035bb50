"""A call to the exchange, in stages that each take many calls at once.

``grounds`` (resource, grant, hours) → ``bindings`` (matter, project or duty; second person; live) →
``reading`` (one query of a source for all who ask it) → ``settling`` (nonces, limits, facts, the
log of accesses: one transaction). A stage marks a call that it stops with the error it is answered;
the last stage records that, too.
"""

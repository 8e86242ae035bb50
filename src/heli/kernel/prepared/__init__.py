"""Statements that are composed once and run many times.

Django composes the SQL of a queryset anew at every call, which costs several times what running it
costs. On the few paths that a city takes thousands of times an hour, the same statement is kept,
and goes to the driver directly: on PostgreSQL prepared on the server, and several writes as one.
Values are converted as Django converts them, so rows read the same either way.

Where somebody listens to Django's statements (``execute_wrappers``, counting in tests), they go
through Django's cursor.
"""

from heli.kernel.prepared.reading import PreparedGet
from heli.kernel.prepared.rows import make
from heli.kernel.prepared.running import run
from heli.kernel.prepared.values import Encoded
from heli.kernel.prepared.writing import Batch, insert, update, update_returning

__all__ = [
    "Batch",
    "Encoded",
    "PreparedGet",
    "insert",
    "make",
    "run",
    "update",
    "update_returning",
]

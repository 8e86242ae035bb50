"""REST: procedures, matters, tasks, requests between departments, notices, history."""

from ninja import Router

from heli.cases.history.api import router as history
from heli.cases.rest import (
    asks,
    attachments,
    matters,
    messages,
    notices,
    procedures,
    tasks,
)

router = Router(tags=["cases"])
router.add_router("/procedures", procedures.router)
router.add_router("/matters", matters.router)
router.add_router("/matters", attachments.router)
router.add_router("/tasks", tasks.router)
router.add_router("", asks.router)
router.add_router("", messages.router)
router.add_router("/notices", notices.router)
router.add_router("/history", history)

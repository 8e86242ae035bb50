"""REST: open data, objections, corrections."""

from ninja import Router

from heli.openness.rest import corrections, datasets, objections

router = Router(tags=["openness"])
router.add_router("", datasets.router)
router.add_router("", objections.router)
router.add_router("", corrections.router)

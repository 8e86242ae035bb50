"""The REST interface: one OpenAPI document over every room's operations."""

from importlib import import_module
from importlib.util import find_spec

from ninja import NinjaAPI

from heli import __version__
from heli.kernel.rest import install_error_handlers
from heli.site.settings import ROOMS

api = NinjaAPI(
    title="Heli",
    version=__version__,
    description="Shared data, joint cases and provable records between the departments of a city.",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,
)
install_error_handlers(api)

for room in ROOMS:
    if find_spec(f"heli.{room}.api"):
        api.add_router(f"/{room}", import_module(f"heli.{room}.api").router)

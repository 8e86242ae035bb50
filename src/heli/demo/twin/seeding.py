"""Linjiang's city model: a version, the policies ready to try, and a first comparison."""

import msgspec
from django.conf import settings

from heli.demo.twin.building import build_linjiang
from heli.demo.twin.offer import scenarios
from heli.organisation.selectors import Person
from heli.twin import services
from heli.twin.scenarios import FEWEST_DIGITS
from heli.twin.selectors import CityModel, CityVersion, Run

MODEL = "linjiang"
PLANNER = "zrzy02"
TRIED = ("odd-plates", "bridge-toll")
BY = ("nox@old-town", "sales@old-town")
DRAWS = 16
NOTE = "老城交通政策比选：空气与商业如何取舍"


def seed_twin() -> None:
    """Set the model up and ask for a first run; what is there already stays.

    The run takes minutes on one core, so that the worker carries it out once it starts.
    """
    planner = Person.objects.get(username=PLANNER)
    version = _version(planner)
    begun = Run.objects.filter(version__model=version.model).exists()
    if settings.HELI_DEMO_SIMULATION and not begun:
        services.ask_run(
            version,
            TRIED,
            actor=planner.actor,
            department=planner.department_id or "",
            draws=DRAWS,
            by=BY,
            note=NOTE,
        )


def _version(planner: Person) -> CityVersion:
    department = planner.department_id or ""
    model = CityModel.objects.filter(name=MODEL).first() or services.create_model(
        MODEL, "临江", "Linjiang", department=department, actor=planner.actor
    )
    found = CityVersion.objects.filter(model=model).first()
    if found is not None:
        return found
    version = build_linjiang(model, planner)
    for scenario in scenarios().values():
        fitted = msgspec.structs.replace(scenario, model=version.digest[:FEWEST_DIGITS])
        services.save_scenario(model, fitted, actor=planner.actor, department=department)
    return version

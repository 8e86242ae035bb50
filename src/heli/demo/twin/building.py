"""Version 1 of Linjiang's city model, built from the exchange as the planners' department would."""

from heli.demo.twin import sharing
from heli.organisation.selectors import Person
from heli.twin.selectors import CityModel, CityVersion

NOTE = "首个版本：路网、人口、企业、机动车与出行调查，按流量与销售额标定"


def build_linjiang(model: CityModel, planner: Person) -> CityVersion:
    """Share what is needed, and build the model's next version from it.

    Call it outside a transaction. Scenarios name the version that this gives:
    ``msgspec.structs.replace(scenario, model=version.digest[:12])``.
    """
    from heli.twin import services
    from heli.twin.building.jobs import carry_out
    from heli.twin.building.recipe import check_recipe

    sharing.share()
    asked = services.ask_build(
        model,
        check_recipe(sharing.recipe()),
        actor=planner.actor,
        department=planner.department_id or "",
        note=NOTE,
        begin=True,
    )
    return carry_out(asked)

"""Within what a city is calibrated, as a recipe says it."""

from typing import Annotated

import msgspec


class Limits(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How a city is calibrated.

    Attributes:
        hold_out: Share of the counts that are kept apart to test with.
        level: Least and most that demand may be of what the source says.
        distance: Most by which longer trips may become rarer or more frequent, 1/km.
    """

    hold_out: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 0.2
    level: tuple[float, float] = (0.5, 2.0)
    distance: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.2

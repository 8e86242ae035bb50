"""The form of a scenario as the template shows it: what was typed, and what is wrong with it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from heli.twin import words
from heli.twin.editing import NOWHERE, ZONES, Draft, MeasureDraft
from heli.twin.editing_faults import Fault
from heli.twin.library import DAYS, KINDS, VEHICLES, Part, limits
from heli.web.maps import MapShape
from heli.web.shapes import Text

if TYPE_CHECKING:
    from heli.twin.city import City


@dataclass(frozen=True, slots=True)
class Option:
    """Something to tick or choose."""

    value: str
    label: Text
    on: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    Attributes:
        of: ``area``, ``roads``, ``links``, ``stops``, ``number``, ``ticks`` or ``group``, which
            holds others.
        id: Of its element, and the name of its field.
        pick: The element in which the map writes what is chosen on it; empty if none.
        zones: Zones to tick, by district.
        folded: It is shown when it is opened.
    """

    of: str
    id: str
    label: Text
    value: str = ""
    unit: Text = ""
    hint: Text = ""
    fault: str = ""
    options: Sequence[Option] = ()
    zones: Sequence[tuple[str, Sequence[Option]]] = ()
    inner: Sequence["Control"] = ()
    pick: str = ""
    folded: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """A measure with its controls."""

    number: int
    kind: str
    label: Text
    says: Text
    controls: Sequence[Control]
    fault: str


class FormView:
    """What the template shows of a draft, for one city."""

    def __init__(self, draft: Draft, city: "City", faults: Iterable[Fault] = ()) -> None:
        self.draft = draft
        self.city = city
        self.faults = list(faults)
        self._by_target = {each.target: each.short or each.message for each in self.faults}
        self.roads = sorted({road.road for road in city.roads} - _connectors(city))
        self.known: dict[str, list[str]] = {
            "uses": list(dict.fromkeys(segment.use for segment in city.segments)),
            "fuels": list(dict.fromkeys(kind.fuel for kind in city.kinds)),
            "standards": sorted({kind.standard for kind in city.kinds}),
        }

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Faults as the summary takes them."""
        return [(fault.target, fault.message) for fault in self.faults]

    @property
    def told(self) -> dict[str, str]:
        """Faults of the fields above the measures."""
        names = ("title_zh", "title_en", "id", "days", "start", "end")
        return {name: self._by_target.get(name, "") for name in names}

    @property
    def days(self) -> list[Option]:
        """The days of the week."""
        return [Option(day, label, day in self.draft.days) for day, label in DAYS.items()]

    @property
    def kinds(self) -> list[Option]:
        """The library."""
        return [Option(name, kind.label, False) for name, kind in KINDS.items()]

    @property
    def areas(self) -> dict[str, list[str]]:
        """Zones of the areas that have names, for the map."""
        return {name: list(zones) for name, zones in self.city.areas.items()}

    @property
    def blocks(self) -> list[Block]:
        """The measures."""
        return [self._block(n, measure) for n, measure in enumerate(self.draft.measures)]

    def _block(self, number: int, measure: MeasureDraft) -> Block:
        kind = KINDS[measure.kind]
        controls = [self._control(number, measure, part) for part in kind.parts]
        if kind.vehicles:
            controls += [
                self._vehicles(number, measure, "for", _("For which vehicles?")),
                self._vehicles(number, measure, "except", _("Except which vehicles?")),
            ]
        fault = self._by_target.get(f"m{number}", "")
        return Block(number, measure.kind, kind.label, kind.says, controls, fault)

    def _control(self, number: int, measure: MeasureDraft, part: Part) -> Control:
        makers: dict[str, Callable[[int, MeasureDraft, Part], Control]] = {
            "area": self._area,
            "where": self._where,
            "ticks": self._ticks,
            "number": self._number,
            "stops": self._stops,
        }
        return makers[part.of](number, measure, part)

    def _fault(self, number: int, name: str) -> str:
        return self._by_target.get(f"m{number}-{name}", "")

    def _number(self, number: int, measure: MeasureDraft, part: Part) -> Control:
        allowed = limits(measure.kind, part.name)
        return Control(
            "number",
            f"m{number}-{part.name}",
            part.label,
            measure.one(part.name),
            part.unit,
            part.hint,
            self._fault(number, part.name),
            extra={"whole": allowed.whole},
        )

    def _ticks(self, number: int, measure: MeasureDraft, part: Part) -> Control:
        ticked = measure.many(part.name)
        if part.name == "digits":
            options = [Option(str(n), str(n), str(n) in ticked) for n in range(10)]
        else:
            options = self._named(part.name, ticked)
        fault = self._fault(number, part.name)
        extra = {"digits": part.name == "digits"}
        return Control(
            "ticks", f"m{number}-{part.name}", part.label, fault=fault, options=options, extra=extra
        )

    def _named(self, about: str, ticked: Sequence[str]) -> list[Option]:
        told = VEHICLES[about][1]
        return [Option(name, told.get(name, name), name in ticked) for name in self.known[about]]

    def _vehicles(self, number: int, measure: MeasureDraft, side: str, label: str) -> Control:
        inner = [
            Control(
                "ticks",
                f"m{number}-{side}-{about}",
                word,
                options=self._named(about, measure.many(f"{side}-{about}")),
            )
            for about, (word, _told) in VEHICLES.items()
        ]
        ticked = any(option.on for each in inner for option in each.options)
        hint = ""
        if side == "for":
            toll = measure.kind == "toll"
            hint = _("Tick who pays.") if toll else _("Nothing ticked: for all.")
        folded = not ticked and (side == "except" or measure.kind == "low-emission-zone")
        return Control("group", f"m{number}-{side}", label, hint=hint, inner=inner, folded=folded)

    def _area(self, number: int, measure: MeasureDraft, part: Part) -> Control:
        options = [(name, words.place(name)) for name in self.city.areas]
        if not part.needed:
            options = [(NOWHERE, _("The whole city")), *options]
        return self._zones(number, measure, part.name, part.label, options)

    def _zones(
        self,
        number: int,
        measure: MeasureDraft,
        name: str,
        label: Text,
        options: Sequence[tuple[str, Text]],
    ) -> Control:
        free = bool(options) and options[0][0] == NOWHERE
        chosen = measure.one(name) or (NOWHERE if free else ZONES)
        ticked = set(measure.many(f"{name}-zones"))
        groups: dict[str, list[Option]] = defaultdict(list)
        for zone in self.city.zones:
            groups[words.place(zone.district)].append(Option(zone.id, zone.id, zone.id in ticked))
        own = (ZONES, _("Zones of my own choice"))
        return Control(
            "area",
            f"m{number}-{name}",
            label,
            fault=self._fault(number, name),
            options=[Option(value, text, value == chosen) for value, text in (*options, own)],
            zones=list(groups.items()),
            pick=f"m{number}-{name}-zones",
            extra={"count": len(ticked)},
        )

    def _where(self, number: int, measure: MeasureDraft, part: Part) -> Control:
        roads = measure.many("roads")
        areas = [
            (NOWHERE, _("Not by area")),
            *((name, words.place(name)) for name in self.city.areas),
        ]
        inner = [
            Control(
                "roads",
                f"m{number}-roads",
                _("Roads by name"),
                options=[Option(name, words.place(name), name in roads) for name in self.roads],
                pick=f"m{number}-roads",
                folded=not roads and bool(measure.values.get("inside") or measure.one("links")),
            ),
            Control(
                "links",
                f"m{number}-links",
                _("Single links"),
                measure.one("links"),
                hint=_("One direction of a piece of road each; choose them on the map."),
                pick=f"m{number}-links",
            ),
            *(
                self._folded(self._zones(number, measure, name, label, areas))
                for name, label in (
                    ("inside", _("All roads inside an area")),
                    ("entering", _("All roads that lead into an area")),
                )
            ),
        ]
        fault = self._fault(number, part.name)
        return Control("where", f"m{number}-{part.name}", part.label, fault=fault, inner=inner)

    def _folded(self, control: Control) -> Control:
        chosen = next((option.value for option in control.options if option.on), NOWHERE)
        return Control(
            control.of,
            control.id,
            control.label,
            options=control.options,
            zones=control.zones,
            pick=control.pick,
            folded=chosen == NOWHERE,
            extra={**control.extra, "fold": True},
        )

    def _stops(self, number: int, measure: MeasureDraft, part: Part) -> Control:
        name = f"m{number}-{part.name}"
        return Control(
            "stops",
            name,
            part.label,
            measure.one(part.name),
            hint=part.hint,
            fault=self._fault(number, part.name),
            pick=name,
        )


def _connectors(city: "City") -> set[str]:
    """Names under which only ways to the middles of zones go."""
    middles = {zone.node for zone in city.zones}
    driven = {
        road.road for road in city.roads if road.tail not in middles and road.head not in middles
    }
    return {road.road for road in city.roads} - driven


def roads_of(city: "City", shape: MapShape) -> dict[str, list[Any]]:
    """Names of roads, and for each link that the map draws the position of its road's name."""
    road_of = {road.id: road.road for road in city.roads}
    drawn = [road_of[link.id] for link in shape.links if link.kind != "connector"]
    names = list(dict.fromkeys(drawn))
    at = {name: n for n, name in enumerate(names)}
    return {"roads": names, "road_of": [at[name] for name in drawn]}

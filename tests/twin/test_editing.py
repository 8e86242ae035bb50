"""The form of a scenario: what is typed says a scenario, and what is wrong is told in its place."""

import re

import msgspec
import pytest
from django.http import QueryDict
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from heli.twin.applying import apply
from heli.twin.editing import (
    MOST_MEASURES,
    Draft,
    MeasureDraft,
    add_measure,
    fields_of,
    name_for,
    read_document,
    read_draft,
    read_post,
    write_document,
    write_yaml,
)
from heli.twin.editing_faults import check, fault_of
from heli.twin.errors import TwinError
from heli.twin.library import _KINDS, _TYPES, KINDS
from heli.twin.scenarios import read_scenario

MODEL = "0" * 12
names = st.lists(st.from_regex(r"[a-z][a-z0-9>-]{0,8}", fullmatch=True), min_size=1, unique=True)
areas = names | st.sampled_from(["old-town", "centre"])
vehicles = st.fixed_dictionaries({}, optional={"uses": names, "fuels": names, "standards": names})
wheres = st.fixed_dictionaries(
    {}, optional={"links": names, "roads": names, "inside": areas, "entering": areas}
).filter(bool)
yuan = st.integers(1, 100) | st.sampled_from([0.5, 2.25])


def measure(kind, **fields):
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


def some(kind, **fields):
    """With vehicles or without."""
    given_ = {"kind": st.just(kind), **fields}
    about = vehicles.filter(bool)
    return st.fixed_dictionaries(given_, optional={"for": about, "except": about})


digits = st.lists(st.integers(0, 9), min_size=1, unique=True)
measures = st.one_of(
    some("plate-rule", area=areas, digits=digits),
    some("low-emission-zone", area=areas, standards=names),
    some("toll", where=wheres, yuan=yuan),
    some("parking-price", area=areas, yuan=yuan),
    measure("closure", where=wheres),
    measure("capacity", where=wheres, lanes=st.integers(-9, 9)),
    measure("speed", where=wheres, km_per_h=st.integers(5, 130)),
    measure(
        "bus-line",
        stops=st.lists(st.sampled_from(["n00", "n01", "s02"]), min_size=2),
        headway=st.integers(1, 120),
        km_per_h=st.integers(5, 120),
        dwell=st.sampled_from([0, 0.5, 10]),
    ),
    measure("school-hours", minutes=st.integers(1, 180) | st.integers(-180, -1)),
    measure("school-hours", minutes=st.integers(1, 180), area=areas),
)
days = st.lists(
    st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, unique=True
)
documents = st.fixed_dictionaries(
    {
        "id": st.just("tried"),
        "title": st.fixed_dictionaries(
            {"zh": st.just("试"), "en": st.text("ab é:#'\"-").map(str.strip)}
        ),
        "model": st.just(MODEL),
        "window": st.fixed_dictionaries(
            {"days": days, "from": st.just("07:00"), "to": st.just("09:30")}
        ),
        "measures": st.lists(measures, max_size=4),
    }
)


@given(documents)
def test_a_document_goes_through_the_form_unchanged(document) -> None:
    scenario = read_scenario(write_yaml(document))
    draft = read_document(msgspec.to_builtins(scenario))
    again = read_draft(read_post(posted(draft)), MODEL)
    assert again.measures == scenario.measures
    assert again.title == scenario.title
    assert sorted(again.window.days) == sorted(scenario.window.days)


def posted(draft: Draft) -> QueryDict:
    """What a browser sends of a draft."""
    data = QueryDict(mutable=True)
    for name in ("id", "title_zh", "title_en", "start", "end"):
        data[name] = getattr(draft, name)
    data.setlist("days", draft.days)
    data.setlist("m", [str(n) for n in range(len(draft.measures))])
    for n, each in enumerate(draft.measures):
        data[f"m{n}-kind"] = each.kind
        for name, values in each.values.items():
            data.setlist(f"m{n}-{name}", values)
    return data


def test_every_kind_that_the_twin_carries_out_is_in_the_form() -> None:
    assert set(_TYPES) <= set(_KINDS)
    assert KINDS.keys() == _TYPES.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_measure_says_what_is_missing(kind) -> None:
    draft = Draft(title_zh="试")
    add_measure(draft, kind)
    with override("en"):
        faults = check(draft)
    assert faults or kind == "school-hours"  # which has all it needs: all schools, half an hour
    assert all(fault.target.startswith("m0-") for fault in faults)
    assert all(fault.message.startswith("Measure 1, ") for fault in faults)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("yuan", "", "Give a number."),
        ("yuan", "five", "“five” is no number."),
        ("yuan", "0", "0 is not possible; give more than 0 and at most 10000."),
        ("yuan", "20000", "20000 is not possible; give more than 0 and at most 10000."),
        ("yuan", "nan", "“nan” is no number."),
        ("yuan", "inf", "“inf” is no number."),
    ],
)
def test_a_wrong_number_is_told_with_its_range(field, value, told) -> None:
    draft = Draft(
        title_zh="试", measures=[MeasureDraft("toll", {field: [value], "roads": ["ring"]})]
    )
    with override("en"):
        (fault,) = check(draft)
    assert (fault.target, fault.short) == ("m0-yuan", told)


def test_half_a_lane_and_a_minus_sign() -> None:
    lanes = MeasureDraft("capacity", {"lanes": ["0.5"], "roads": ["ring"]})
    with override("en"):
        assert check(Draft(title_zh="试", measures=[lanes]))[0].short == "Give a whole number."
    lanes.values["lanes"] = ["−1"]
    draft = Draft("tried", "试", measures=[lanes])
    assert check(draft) == []
    assert write_document(draft, MODEL)["measures"][0]["lanes"] == -1


def test_the_head_is_checked() -> None:
    draft = Draft(id="Not Good", days=[], start="7", end="25:00")
    targets = [fault.target for fault in check(draft)]
    assert targets == ["title_zh", "id", "days", "start", "end", "add-kind"]


def test_own_zones_count_only_if_they_are_chosen() -> None:
    values = {"area": ["old-town"], "area-zones": ["s02"], "digits": ["1"]}
    plate = MeasureDraft("plate-rule", values)
    document = write_document(Draft("tried", "试", measures=[plate]), MODEL)
    assert document["measures"][0]["area"] == "old-town"
    plate.values["area"] = ["+"]
    document = write_document(Draft("tried", "试", measures=[plate]), MODEL)
    assert document["measures"][0]["area"] == ["s02"]


def test_an_error_of_the_city_is_told_at_its_measure(city) -> None:
    toll = MeasureDraft("toll", {"yuan": ["5"], "roads": ["middle-bridge"]})
    closure = MeasureDraft("closure", {"links": ["there>nowhere"]})
    for measure_, told in ((toll, "does not say who pays"), (closure, "there is no link")):
        draft = Draft("tried", "试", measures=[measure_])
        with override("en"):
            assert check(draft) == []
            with pytest.raises(TwinError) as caught:
                apply(read_draft(draft, city.version), city)
            fault = fault_of(caught.value, [measure_.kind])
        assert fault.target == "m0"
        assert told in fault.message
        assert fault.message.startswith("Measure 1, ")
        assert "measures[0]" not in fault.message


@pytest.mark.parametrize(
    ("title", "taken", "name"),
    [
        ("Odd plates stay out", [], "odd-plates-stay-out"),
        ("Odd plates stay out", ["odd-plates-stay-out"], "odd-plates-stay-out-2"),
        ("", [], "toll"),
        ("", ["toll", "toll-2"], "toll-3"),
        ("Base", [], "base-2"),
        ("老城", [], "toll"),
    ],
)
def test_an_id_is_made_and_free(title, taken, name) -> None:
    draft = Draft(title_zh="试", title_en=title, measures=[MeasureDraft("toll")])
    assert name_for(draft, taken) == name


@given(st.dictionaries(st.text(max_size=6), st.lists(st.text(max_size=6), max_size=3), max_size=8))
def test_whatever_is_sent_makes_a_draft(fields) -> None:
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    check(read_post(data))


def test_a_form_holds_so_many_measures_and_no_unknown_kind() -> None:
    data = QueryDict(mutable=True)
    data.setlist("m", [str(n) for n in range(50)])
    for n in range(50):
        data[f"m{n}-kind"] = "closure" if n else "curfew"
    assert len(read_post(data).measures) == MOST_MEASURES - 1
    draft = Draft()
    add_measure(draft, "curfew")
    assert draft.measures == []


def test_all_fields_of_a_kind_are_read() -> None:
    assert set(fields_of("toll")) >= {"roads", "links", "inside-zones", "yuan", "for-uses"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: x", "“title” is missing"),
        ("{id: x, foo: 1}", "there is no field “foo”"),
        ("{id: 5}", "must be str, not int"),
        ("{id: X}", "must be written as"),
        ("{id: x, title: {zh: a, en: b}, measures: [{kind: curfew}]}", "“curfew” is not possible"),
        (
            "{id: x, title: {zh: a, en: b}, measures: [{kind: speed, where: {}, km_per_h: 30}]}",
            "give at least one of links",
        ),
        (
            "{id: x, title: {zh: a, en: b}, measures: [{kind: speed, km_per_h: 3}]}",
            "must be >= 5",
        ),
    ],
)
def test_what_the_library_refuses_is_said_in_both_languages(text, told) -> None:
    with pytest.raises(TwinError) as caught:
        read_scenario(text, "YAML")
    with override("en"):
        assert told in fault_of(caught.value).message
    with override("zh-hans"):
        assert not re.search(r"Expected|Object|[Ii]nvalid|give at", fault_of(caught.value).message)

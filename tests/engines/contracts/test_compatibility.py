"""What differs between contract versions, whom it touches, which number it needs."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from tests.engines.contracts.test_documents import contracts

from heli.engines.contracts import Kind, Mode, compare, compare_history, parse_contract
from heli.engines.contracts.compatibility import (
    Bump,
    breaks,
    change_as_data,
    given_bump,
    next_version,
    version_key,
)
from heli.engines.contracts.differences import Affected, Change


def _property(name, logical="string", *, custom=(), **extra):
    pairs = [{"property": "titleEn", "value": name.title()}, *custom]
    own = {"name": name, "businessName": f"中文{name}", "logicalType": logical}
    return own | {"required": True, "classification": "internal", "customProperties": pairs} | extra


def _document():
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "scjg/permits",
        "version": "1.0.0",
        "status": "active",
        "slaProperties": [{"property": "freshness", "value": 1, "unit": "d"}],
        "schema": [
            {
                "name": "permits",
                "businessName": "许可",
                "customProperties": [
                    {"property": "titleEn", "value": "Permits"},
                    {"property": "subjectType", "value": "enterprise"},
                ],
                "properties": [
                    _property("code", custom=[{"property": "subject", "value": True}],
                              primaryKey=True),
                    _property("state", custom=[{"property": "allowed", "value": ["on", "off"]}]),
                    _property("seats", "integer", logicalTypeOptions={"minimum": 1, "maximum": 9}),
                    _property("opened", "date", required=False),
                    _property("mobile", custom=[{"property": "semanticType", "value": "mobile"}]),
                ],
            }
        ],
    }  # fmt: skip


OLD = parse_contract(_document())


def changed(change, version="1.0.1"):
    document = copy.deepcopy(_document())
    document["version"] = version
    change(document, document["schema"][0], document["schema"][0]["properties"])
    return parse_contract(document)


def custom(entry, name, value):
    entry["customProperties"] = [p for p in entry["customProperties"] if p["property"] != name]
    if value is not None:
        entry["customProperties"].append({"property": name, "value": value})


# Kind, breaks backward, breaks forward, needed part of the number.
TABLE = [
    (lambda d, t, p: p.append(_property("extra", required=False)),
     Kind.FIELD_ADDED, False, False, Bump.MINOR),
    (lambda d, t, p: p.append(_property("extra")),
     Kind.REQUIRED_FIELD_ADDED, False, True, Bump.MINOR),
    (lambda d, t, p: p.pop(2), Kind.FIELD_REMOVED, True, False, Bump.MAJOR),
    (lambda d, t, p: p[2].update(logicalType="number"),
     Kind.TYPE_WIDENED, True, False, Bump.MAJOR),
    (lambda d, t, p: p[1].update(logicalType="date", customProperties=p[3]["customProperties"]),
     Kind.TYPE_NARROWED, False, True, Bump.MINOR),
    (lambda d, t, p: p[3].update(logicalType="boolean"),
     Kind.TYPE_CHANGED, True, True, Bump.MAJOR),
    (lambda d, t, p: p[3].update(required=True), Kind.MADE_REQUIRED, False, True, Bump.MINOR),
    (lambda d, t, p: p[1].update(required=False), Kind.MADE_OPTIONAL, True, False, Bump.MAJOR),
    (lambda d, t, p: custom(p[1], "allowed", ["on", "off", "paused"]),
     Kind.VALUES_ADDED, True, False, Bump.MAJOR),
    (lambda d, t, p: custom(p[1], "allowed", ["on"]),
     Kind.VALUES_REMOVED, False, True, Bump.MINOR),
    (lambda d, t, p: custom(p[1], "allowed", None),
     Kind.CODE_LIST_OPENED, True, False, Bump.MAJOR),
    (lambda d, t, p: custom(p[0], "allowed", ["x"]),
     Kind.CODE_LIST_INTRODUCED, False, True, Bump.MINOR),
    (lambda d, t, p: custom(p[0], "semanticType", "credit_code"),
     Kind.MEANING_ADDED, False, True, Bump.MINOR),
    (lambda d, t, p: custom(p[4], "semanticType", None),
     Kind.MEANING_DROPPED, True, False, Bump.MAJOR),
    (lambda d, t, p: custom(p[4], "semanticType", "plate"),
     Kind.MEANING_CHANGED, True, True, Bump.MAJOR),
    (lambda d, t, p: p[2].update(logicalTypeOptions={"minimum": 2, "maximum": 9}),
     Kind.LIMIT_NARROWED, False, True, Bump.MINOR),
    (lambda d, t, p: p[2].update(logicalTypeOptions={"minimum": 1, "maximum": 10}),
     Kind.LIMIT_WIDENED, True, False, Bump.MAJOR),
    (lambda d, t, p: p[2].update(logicalTypeOptions={"minimum": 1}),
     Kind.LIMIT_WIDENED, True, False, Bump.MAJOR),
    (lambda d, t, p: p[1].update(primaryKey=True), Kind.KEY_CHANGED, True, True, Bump.MAJOR),
    (lambda d, t, p: custom(t, "subjectType", "person"),
     Kind.SUBJECT_TYPE_CHANGED, True, True, Bump.MAJOR),
    (lambda d, t, p: p[1].update(classification="sensitive"),
     Kind.SENSITIVITY_RAISED, False, False, Bump.MINOR),
    (lambda d, t, p: p[1].update(classification="highly_sensitive"),
     Kind.SENSITIVITY_RAISED, True, False, Bump.MAJOR),
    (lambda d, t, p: p[1].update(classification="public"),
     Kind.SENSITIVITY_LOWERED, False, False, Bump.MINOR),
    (lambda d, t, p: p[4].update(unique=True),
     Kind.UNIQUENESS_PROMISED, False, True, Bump.MINOR),
    (lambda d, t, p: d["slaProperties"][0].update(value=2),
     Kind.LEVEL_LOWERED, True, False, Bump.MAJOR),
    (lambda d, t, p: d["slaProperties"].clear(), Kind.LEVEL_LOWERED, True, False, Bump.MAJOR),
    (lambda d, t, p: d["slaProperties"][0].update(value=12, unit="h"),
     Kind.LEVEL_RAISED, False, False, Bump.MINOR),
    (lambda d, t, p: t.update(businessName="行政许可"),
     Kind.WORDS_CHANGED, False, False, Bump.PATCH),
    (lambda d, t, p: p[1].update(businessName="状态"),
     Kind.WORDS_CHANGED, False, False, Bump.PATCH),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "kind", "backward", "forward", "needed"), TABLE, ids=[row[1] for row in TABLE]
)
def test_each_difference_is_judged_and_told(change, kind, backward, forward, needed):
    verdict = compare(OLD, changed(change))
    found = next(each for each in verdict.changes if each.kind is kind)
    assert (found.breaks_backward, found.breaks_forward) == (backward, forward)
    assert verdict.needed >= needed
    if len(verdict.changes) == 1:
        assert verdict.needed is needed
        assert compare(OLD, changed(change), Mode.BACKWARD).compatible is not backward
        assert compare(OLD, changed(change), Mode.FORWARD).compatible is not forward
        assert compare(OLD, changed(change), Mode.FULL).compatible is not (backward or forward)
    told = found.message.format(**{"title": "T", **found.figures})
    assert "{" not in told
    assert change_as_data(found)["affected"] == found.affected


def test_every_kind_of_difference_has_a_row_or_a_reason():
    missing = set(Kind) - {row[1] for row in TABLE}
    assert missing == {Kind.DATUM_CHANGED, Kind.SUBJECT_CHANGED, Kind.UNIQUENESS_DROPPED}


def test_the_datum_the_subject_and_dropped_uniqueness():
    def located(datum):
        def change(d, t, p):
            pairs = (("semanticType", "position"), ("datum", datum))
            custom = [{"property": key, "value": value} for key, value in pairs]
            p.append(_property("place", custom=custom))

        return changed(change)

    (found,) = compare(located("WGS84"), located("GCJ02")).changes
    assert (found.kind, found.affected) == (Kind.DATUM_CHANGED, Affected.BOTH)

    def other_subject(d, t, p):
        custom(p[0], "subject", None)
        custom(p[4], "subject", True)

    kinds = {each.kind for each in compare(OLD, changed(other_subject)).changes}
    assert kinds == {Kind.SUBJECT_CHANGED}
    unique = changed(lambda d, t, p: p[4].update(unique=True))
    (back,) = compare(unique, OLD).changes
    assert (back.kind, back.breaks_backward) == (Kind.UNIQUENESS_DROPPED, True)


@pytest.mark.parametrize(
    ("old", "new", "bump"),
    [("1.2.3", "1.2.3", Bump.NONE), ("1.2.3", "1.2.2", Bump.NONE),
     ("1.2.3", "1.2.10", Bump.PATCH), ("1.9.3", "1.10.0", Bump.MINOR),
     ("1.2.3", "2.0.0", Bump.MAJOR), ("9.0.0", "10.0.0", Bump.MAJOR),
     ("1.2.3", "0.9.9", Bump.NONE)],
)  # fmt: skip
def test_version_numbers_grow_as_semantic_versioning_says(old, new, bump):
    assert given_bump(old, new) is bump
    if bump:
        assert version_key(old) < version_key(next_version(old, bump)) <= version_key(new)


def test_a_number_must_grow_by_what_the_differences_need():
    def dropped(d, t, p):
        p.pop(2)

    assert not compare(OLD, changed(dropped, "1.1.0")).numbered_rightly
    assert compare(OLD, changed(dropped, "2.0.0")).numbered_rightly
    # Below 1.0.0 nothing is promised: a minor number is enough.
    early = replace(OLD, version="0.3.0")
    assert compare(early, changed(dropped, "0.4.0")).numbered_rightly
    assert not compare(early, changed(dropped, "0.3.1")).numbered_rightly


def test_small_steps_that_add_up_are_found_over_the_history():
    """A value is added in one version and the field removed from the list in another."""
    first = changed(lambda d, t, p: custom(p[1], "allowed", None), "1.0.0")
    second = changed(lambda d, t, p: custom(p[1], "allowed", ["on", "off"]), "1.1.0")
    third = changed(lambda d, t, p: custom(p[1], "allowed", ["on", "off", "x"]), "1.2.0")
    verdicts = compare_history([first, second], third)
    assert [(each.old, each.compatible) for each in verdicts] == [("1.1.0", False), ("1.0.0", True)]
    forward = compare_history([second, first], third, Mode.FORWARD)
    assert [each.compatible for each in forward] == [True, False]


@given(document=contracts())
def test_a_version_is_fully_compatible_with_itself(document):
    contract = parse_contract(document)
    verdict = compare(contract, contract, Mode.FULL)
    assert (verdict.changes, verdict.compatible, verdict.needed) == ((), True, Bump.NONE)


OPPOSITE = {
    Kind.FIELD_ADDED: {Kind.FIELD_REMOVED},
    Kind.REQUIRED_FIELD_ADDED: {Kind.FIELD_REMOVED},
    Kind.FIELD_REMOVED: {Kind.FIELD_ADDED, Kind.REQUIRED_FIELD_ADDED},
}


@given(one=contracts(), other=contracts())
def test_backward_of_one_way_is_forward_of_the_other(one, other):
    """For what both versions have, the two directions mirror each other."""
    there = compare(parse_contract(one), parse_contract(other), Mode.FULL)
    back = compare(parse_contract(other), parse_contract(one), Mode.FULL)

    def mirrored(change: Change) -> bool:
        return change.kind not in OPPOSITE and not change.kind.startswith("sensitivity")

    forth = {(c.field, c.breaks_backward) for c in there.changes if mirrored(c)}
    mirror = {(c.field, c.breaks_forward) for c in back.changes if mirrored(c)}
    assert forth == mirror
    assert all(breaks(c, Mode.FULL) for c in there.changes if c.breaks_backward)

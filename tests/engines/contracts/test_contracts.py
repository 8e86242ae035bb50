"""Reading contracts, checking records and releasing what a policy grants."""

import copy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.contracts import (
    ContractError,
    Mask,
    PolicyError,
    SemanticError,
    check_value,
    dump_contract,
    dump_policy,
    explain,
    levels_for,
    masks_for,
    parse_contract,
    parse_policy,
    parse_subject,
    release,
    validate_record,
)
from heli.engines.contracts.errors import (
    CheckCharacterError,
    FutureBirthError,
    MissingFieldError,
    NotAllowedError,
    UnknownFieldError,
    WrongTypeError,
)
from heli.engines.contracts.masks import apply_mask

TODAY = date(2026, 11, 25)


def _property(name, logical, title, *, semantic=None, **extra):
    custom = [{"property": "titleEn", "value": title}]
    if semantic:
        custom.append({"property": "semanticType", "value": semantic})
    custom += [
        {"property": key, "value": extra.pop(key)} for key in ("subject", "allowed") if key in extra
    ]
    return {
        "name": name,
        "businessName": f"中文{title}",
        "logicalType": logical,
        "customProperties": custom,
    } | extra


DOCUMENT = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "gaj/residents",
    "version": "1.0.0",
    "name": "residents",
    "description": {"purpose": "population register"},
    "schema": [
        {
            "name": "residents",
            "logicalType": "object",
            "businessName": "人口基础信息",
            "customProperties": [
                {"property": "titleEn", "value": "Residents"},
                {"property": "subjectType", "value": "person"},
            ],
            "properties": [
                _property("resident_id", "string", "Number", semantic="resident_id",
                          required=True, primaryKey=True, subject=True,
                          classification="highly_sensitive"),
                _property("name", "string", "Name", semantic="person_name", required=True),
                _property("sex", "string", "Sex", allowed=["male", "female"]),
                _property("born", "date", "Birth date"),
                _property("floor_area", "number", "Floor area"),
                _property("children", "integer", "Children"),
                _property("registered", "boolean", "Registered"),
            ],
        }
    ],
}  # fmt: skip
CONTRACT = parse_contract(DOCUMENT)
RECORD = {
    "resident_id": "11010519491231002X",
    "name": "临江示例甲",
    "sex": "female",
    "born": date(1949, 12, 31),
    "floor_area": 87.5,
    "children": 2,
    "registered": True,
}


def test_a_contract_survives_writing_and_reading():
    assert parse_contract(dump_contract(CONTRACT)) == CONTRACT
    assert CONTRACT.subject_field.name == "resident_id"


def _broken(change):
    document = copy.deepcopy(DOCUMENT)
    change(document, document["schema"][0], document["schema"][0]["properties"])
    return document


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d, t, p: d.update(kind="Other"), "kind"),
        (lambda d, t, p: d.update(apiVersion="v2"), "apiVersion"),
        (lambda d, t, p: d.update(version="1"), "version"),
        (lambda d, t, p: d.pop("id"), "id"),
        (lambda d, t, p: d.update(schema=[]), "schema"),
        (lambda d, t, p: d.update(schema="residents"), "schema"),
        (lambda d, t, p: t.update(properties=[]), "schema[0].properties"),
        (lambda d, t, p: t.update(customProperties="x"), "schema[0].customProperties"),
        (lambda d, t, p: p.append(p[0]), "schema[0].properties"),
        (lambda d, t, p: p.pop(0), "schema[0].properties"),
        (lambda d, t, p: p[1].update(name="1; DROP"), "schema[0].properties[1].name"),
        (lambda d, t, p: p[1].update(logicalType="blob"), "schema[0].properties[1].logicalType"),
        (lambda d, t, p: p[1].update(classification="x"), "schema[0].properties[1].classification"),
        (
            lambda d, t, p: p[1]["customProperties"].append(
                {"property": "semanticType", "value": "iris_scan"}
            ),
            "schema[0].properties[1].semanticType",
        ),
    ],
)
def test_a_bad_contract_is_refused_with_the_path_of_the_fault(change, path):
    with pytest.raises(ContractError) as caught:
        parse_contract(_broken(change))
    assert caught.value.field == path


def _with_titles(titles):
    document = copy.deepcopy(DOCUMENT)
    for entry in document["schema"][0]["properties"]:
        custom = entry["customProperties"]
        if any(pair["property"] == "allowed" for pair in custom):
            custom.append({"property": "allowedTitles", "value": titles(entry)})
            return document, entry["name"]
    raise AssertionError("no field has a code list")


def test_values_of_a_code_list_have_names():
    def titles(entry):
        (value, *_rest) = next(
            pair["value"] for pair in entry["customProperties"] if pair["property"] == "allowed"
        )
        return [{"value": value, "zh": "中文名", "en": "English name"}]

    document, name = _with_titles(titles)
    contract = parse_contract(document)
    field = contract.field(name)
    assert field.titles == ((field.allowed[0], "中文名", "English name"),)
    assert parse_contract(dump_contract(contract)) == contract


@pytest.mark.parametrize(
    "titles",
    [[{"value": "unheard of", "zh": "无", "en": "none"}], [{"value": "x"}], ["x"], "x"],
)
def test_a_name_for_what_is_not_allowed_is_refused(titles):
    document, _name = _with_titles(lambda entry: titles)
    with pytest.raises(ContractError) as refusal:
        parse_contract(document)
    assert refusal.value.field.endswith("allowedTitles")


def test_a_good_record_has_no_problems():
    assert validate_record(CONTRACT, RECORD) == ()


def test_each_wrong_field_is_named_with_its_remedy():
    wrong = {
        "resident_id": "110105194912310021",
        "sex": "unknown",
        "born": 1949,
        "registered": 1,
        "shoe_size": 43,
    }
    problems = validate_record(CONTRACT, wrong)
    assert [(type(p), p.field) for p in problems] == [
        (CheckCharacterError, "resident_id"),
        (MissingFieldError, "name"),
        (NotAllowedError, "sex"),
        (WrongTypeError, "born"),
        (WrongTypeError, "registered"),
        (UnknownFieldError, "shoe_size"),
    ]
    assert all("{" not in p.detail() + p.advice() for p in problems)
    with pytest.raises(WrongTypeError):
        check_value(CONTRACT.fields[3], 7)


def test_the_subject_is_normalised_or_refused_by_field():
    assert parse_subject(CONTRACT, " 11010519491231002x ", latest=TODAY) == "11010519491231002X"
    with pytest.raises(SemanticError) as caught:
        parse_subject(CONTRACT, "12", latest=TODAY)
    assert caught.value.field == "resident_id"
    with pytest.raises(FutureBirthError):
        parse_subject(CONTRACT, "110105299901010014", latest=TODAY)


POLICY = parse_policy(
    CONTRACT,
    {
        "fields": [
            {"field": "resident_id", "mask": "partial"},
            {"field": "name", "mask": "hash"},
            {"field": "born", "mask": "year"},
            {"field": "floor_area", "mask": "bucket", "width": 10},
            {"field": "sex", "mask": "redact"},
            {"field": "registered"},
        ]
    },
)


def test_release_shows_what_is_granted_and_says_what_is_not():
    released = release(CONTRACT, RECORD, POLICY, salt=b"one")
    assert released.data == {
        "resident_id": "110***********002X",
        "name": apply_mask(CONTRACT.fields[1], Mask.HASH, "临江示例甲", salt=b"one"),
        "sex": "***",
        "born": "1949",
        "floor_area": 80,
        "registered": True,
    }
    reasons = {item.field: (item.mask, item.reason) for item in released.withheld}
    assert reasons["children"] == (None, "not part of the grant")
    assert set(reasons) == {"resident_id", "name", "sex", "born", "floor_area", "children"}


def test_redacted_is_whether_there_is_a_value_and_no_more():
    shown = [release(CONTRACT, RECORD | {"sex": sex}, POLICY, salt=b"one") for sex in ("1", "2")]
    absent = release(CONTRACT, RECORD | {"sex": None}, POLICY, salt=b"one")
    assert shown[0].data["sex"] == shown[1].data["sex"] == "***"
    assert absent.data["sex"] is None
    assert absent.withheld == shown[0].withheld


def test_pseudonyms_differ_between_grants():
    one = release(CONTRACT, RECORD, POLICY, salt=b"one").data["name"]
    two = release(CONTRACT, RECORD, POLICY, salt=b"two").data["name"]
    assert one != two
    assert "示例" not in one


def test_a_policy_is_plain_data_with_a_stable_digest():
    assert parse_policy(CONTRACT, dump_policy(POLICY)) == POLICY
    assert POLICY.digest == parse_policy(CONTRACT, dump_policy(POLICY)).digest
    other = parse_policy(CONTRACT, {"fields": [{"field": "sex"}]})
    assert other.digest != POLICY.digest


def test_a_policy_is_explained_in_words():
    words = {sentence.field: sentence for sentence in explain(CONTRACT, POLICY)}
    assert words["resident_id"].figures["head"] == 3
    assert words["floor_area"].figures["width"] == 10
    assert words["registered"].message == "sees {title} in full"
    assert set(words) == set(POLICY.fields)


@pytest.mark.parametrize(
    ("field", "rule", "message"),
    [
        ("name", {"mask": "partial"}, "sees at most the first character of {title}"),
        ("resident_id", {"mask": "partial"},
         "sees at most the first {head} and last {tail} characters of {title}"),
    ],
)  # fmt: skip
def test_the_ends_of_a_value_are_told_in_words_that_fit_their_number(field, rule, message):
    policy = parse_policy(CONTRACT, {"fields": [{"field": field} | rule]})
    assert explain(CONTRACT, policy)[0].message == message


@pytest.mark.parametrize(
    "rules",
    [
        [],
        ["resident_id"],
        [{"field": "nothing"}],
        [{"field": "sex"}, {"field": "sex"}],
        [{"field": "sex", "mask": "year"}],
        [{"field": "born", "mask": "partial"}],
        [{"field": "children", "mask": "bucket"}],
        [{"field": "children", "mask": "bucket", "width": -5}],
        [{"field": "children", "mask": "bucket", "width": True}],
        [{"field": "children", "mask": "nonsense"}],
    ],
)
def test_a_policy_that_does_not_fit_the_contract_is_refused(rules):
    with pytest.raises(PolicyError):
        parse_policy(CONTRACT, {"fields": rules})


def generalisations(field):
    if levels := levels_for(field):
        return st.fixed_dictionaries({"level": st.sampled_from(levels)})
    if field.type == "string":
        return st.fixed_dictionaries({"digits": st.integers(1, 40)})
    edges = st.lists(st.integers(-1000, 1000), min_size=1, max_size=20, unique=True).map(sorted)
    return st.fixed_dictionaries({"edges": edges})


@st.composite
def policies(draw):
    chosen = draw(st.lists(st.sampled_from(CONTRACT.fields), min_size=1, unique=True))
    rules = []
    for field in chosen:
        mask = draw(st.sampled_from(masks_for(field)))
        rule = {"field": field.name, "mask": mask.value, "width": draw(st.integers(1, 50))}
        if mask is Mask.GENERALISE:
            rule |= draw(generalisations(field))
        rules.append(rule)
    return parse_policy(CONTRACT, {"fields": rules})


records = st.fixed_dictionaries(
    {
        "resident_id": st.text(max_size=30),
        "name": st.none() | st.text(max_size=30),
        "sex": st.sampled_from(["male", "female"]),
        "born": st.none() | st.dates(),
        "floor_area": st.floats(-1e6, 1e6),
        "children": st.integers(-1000, 1000),
        "registered": st.booleans(),
        "not_in_contract": st.text(),
    }
)


@given(policy=policies(), record=records, salt=st.binary(min_size=1, max_size=32))
def test_only_granted_fields_are_ever_released(policy, record, salt):
    released = release(CONTRACT, record, policy, salt=salt)
    assert set(released.data) == set(policy.fields)
    absent = {item.field for item in released.withheld if item.mask is None}
    assert absent == set(CONTRACT.names) - set(policy.fields)


@given(policy=policies(), record=records, salt=st.binary(min_size=1, max_size=32))
def test_masking_what_is_masked_changes_nothing(policy, record, salt):
    once = release(CONTRACT, record, policy, salt=salt).data
    twice = release(CONTRACT, once, policy, salt=salt).data
    for rule in policy.rules:
        if rule.mask is not Mask.HASH:
            assert twice[rule.field] == once[rule.field]


@given(text=st.text(max_size=40), field=st.sampled_from(CONTRACT.fields[:3]))
def test_partial_hides_at_least_half(text, field):
    masked = apply_mask(field, Mask.PARTIAL, text, salt=b"")
    assert len(masked) == len(text)
    assert sum(a == "*" for a in masked) >= (len(text) + 1) // 2


@given(value=st.integers(-10_000, 10_000), width=st.integers(1, 500), shift=st.integers(0, 499))
def test_values_of_one_band_cannot_be_told_apart(value, width, shift):
    field = CONTRACT.field("children")
    low = apply_mask(field, Mask.BUCKET, value, salt=b"", width=width)
    assert low <= value < low + width
    neighbour = low + shift % width
    assert apply_mask(field, Mask.BUCKET, neighbour, salt=b"", width=width) == low

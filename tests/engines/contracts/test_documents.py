"""Contracts as documents: nothing is lost, and everything written keeps the published schemas."""

import json
import re
from importlib.resources import files
from pathlib import Path
from random import Random

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from heli.engines.contracts import (
    ContractError,
    Sensitivity,
    describe,
    dump_contract,
    gateway_openapi,
    json_schema,
    openapi,
    parse_contract,
    read_text,
    validate_record,
    write_json,
    write_yaml,
)
from heli.engines.contracts.errors import ContractTextError, NothingToDescribeError
from heli.engines.contracts.examples import example_record
from heli.engines.contracts.semantics import SEMANTIC_TYPES
from heli.engines.contracts.semantics.coordinates import DATUMS

# The schema that the standard publishes; its version 3.2 takes documents of 3.1, too.
STANDARD = jsonschema.Draft201909Validator(
    json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
)
DEMO = [
    document
    for path in sorted(Path("src/heli/demo").glob("*/*.json"))
    for document in [json.loads(path.read_text("utf-8"))]
    if isinstance(document, dict) and document.get("kind") == "DataContract"
]


def _rich():
    """A contract that uses what the standard offers beyond what Heli gives a meaning to."""
    return read_text(
        """
apiVersion: v3.1.0
kind: DataContract
id: wjw/beds
version: 2.1.0
status: active
name: Hospital beds of the city
tenant: Linjiang
domain: health
dataProduct: beds
tags: [health, beds]
description:
  purpose: 掌握医疗资源
  limitations: 不含民营诊所
  usage: 床位调度
servers:
  - {server: main, type: postgresql, host: db.example, port: 5432, database: beds, schema: public}
price: {priceAmount: 0, priceCurrency: CNY, priceUnit: record}
team:
  name: 信息中心
  members: [{username: zhang, role: Owner, dateIn: "2026-01-01"}]
roles: [{role: reader, access: read}]
support: [{channel: desk, url: "https://example.com"}]
slaDefaultElement: beds.as_of
slaProperties:
  - {property: freshness, value: 1, unit: d, element: beds.as_of, driver: operational}
  - {property: latency, value: 800, unit: ms}
  - {property: retention, value: 3, unit: y}
contractCreatedTs: "2026-01-01T00:00:00+08:00"
customProperties: [{property: approvedBy, value: 市卫生健康委员会}]
schema:
  - name: beds
    logicalType: object
    physicalName: t_beds
    physicalType: table
    businessName: 医院床位
    description: 每家医院一条
    dataGranularityDescription: 一家医院一条
    tags: [core]
    quality:
      - {metric: rowCount, mustBeGreaterThan: 10, type: library, severity: error}
      - {type: text, description: 每日核对}
      - {type: sql, query: "SELECT 1", mustBe: 1}
      - {type: custom, engine: soda, implementation: "x: y"}
    customProperties:
      - {property: titleEn, value: Hospital beds, description: the English title}
      - {property: subjectType, value: facility}
      - {property: decoyRows, value: true}
    properties:
      - name: code
        businessName: 医院代码
        logicalType: string
        physicalType: varchar(18)
        required: true
        unique: true
        primaryKey: true
        primaryKeyPosition: 1
        classification: public
        criticalDataElement: true
        customProperties:
          - {property: titleEn, value: Code}
          - {property: semanticType, value: credit_code}
          - {property: subject, value: true}
      - name: beds
        businessName: 床位数
        logicalType: integer
        logicalTypeOptions: {minimum: 0, maximum: 9999, format: i32}
        required: true
        classification: internal
        examples: [12, 20]
        quality:
          - {metric: invalidValues, mustBeLessThan: 5, unit: percent, arguments: {validValues: [1]}}
        customProperties:
          - {property: titleEn, value: Beds}
          - {property: tolerance, value: {absolute: 2}}
      - name: place
        businessName: 位置
        logicalType: string
        required: false
        classification: internal
        customProperties:
          - {property: titleEn, value: Place}
          - {property: semanticType, value: position}
          - {property: datum, value: CGCS2000}
"""
    )


def test_what_heli_gives_no_meaning_to_comes_back_unchanged():
    document = _rich()
    STANDARD.validate(document)
    contract = parse_contract(document)
    written = dump_contract(contract)
    assert written == document
    assert parse_contract(written) == contract
    STANDARD.validate(written)
    assert contract.fields[1].custom_value("tolerance") == {"absolute": 2}
    assert contract.fields[1].limits.maximum == 9999
    assert contract.fields[2].datum == "CGCS2000"


def test_yaml_and_json_are_read_back_as_they_were_written():
    document = _rich()
    document["description"] = {"purpose": "一行\x85二行\u2028三行\u2029四行\n五行 "}
    assert read_text(write_yaml(document)) == document
    assert read_text(write_json(document)) == document


def test_levels_and_rules_are_read_with_their_meaning():
    contract = parse_contract(_rich())
    assert [(level.name, level.seconds) for level in contract.service_levels] == [
        ("freshness", 86_400.0),
        ("latency", 0.8),
        ("retention", 3 * 366 * 86_400.0),
    ]
    rules = contract.quality_rules
    assert [(rule.field, rule.kind, rule.measurable) for rule in rules] == [
        ("", "library", True),
        ("", "text", False),
        ("", "sql", False),
        ("", "custom", False),
        ("beds", "library", True),
    ]


def test_the_demo_city_has_contracts_to_look_at():
    assert len(DEMO) >= 13


@pytest.mark.parametrize("document", DEMO, ids=[each["id"] for each in DEMO])
def test_contracts_of_the_demo_city_keep_every_schema(document):
    contract = parse_contract(document)
    assert dump_contract(contract) == document
    STANDARD.validate(document)
    _check_exports(contract)


def _check_exports(contract):
    OpenAPIV31SpecValidator(openapi(contract, "https://source.example/beds")).validate()
    served = gateway_openapi(contract, "wjw/beds", "https://heli.example")
    OpenAPIV31SpecValidator(served).validate()
    jsonschema.Draft202012Validator.check_schema(json_schema(contract))


def test_exports_carry_types_meanings_limits_and_promises():
    contract = parse_contract(_rich())
    _check_exports(contract)
    document = openapi(contract, "https://source.example/beds")
    record = document["components"]["schemas"]["Record"]
    assert document["info"]["version"] == "2.1.0"
    assert document["x-freshness-seconds"] == 86_400
    assert document["x-response-time-seconds"] == 0.8
    assert record["required"] == ["code", "beds"]
    assert record["properties"]["beds"]["maximum"] == 9999
    assert record["properties"]["code"]["x-standard"] == "GB 32100"
    assert record["properties"]["place"]["x-datum"] == "CGCS2000"
    gateway = gateway_openapi(contract, "wjw/beds", "https://heli.example")
    place = "/x/v1/wjw/beds"
    assert list(gateway["paths"]) == [place, f"{place}/records", f"{place}/extract"]
    assert gateway["security"] == [{"signature": []}]


# Shapes that the standard's published examples have, each with what Heli needs beyond it.
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("schema: []", "schema"),
        ("schema: [{name: a, properties: []}, {name: b, properties: []}]", "schema"),
        ("schema: [{name: transactions_tbl, properties: [{name: x}]}]", "schema[0].businessName"),
    ],
)
def test_a_document_of_the_standard_without_what_heli_needs_is_refused_by_place(text, path):
    head = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
    with pytest.raises(ContractError) as caught:
        parse_contract(read_text(head + text))
    assert caught.value.field == path
    assert "{" not in caught.value.detail() + caught.value.advice()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1,\n2", 2),
        ("a: b\n c: d", 2),
        ("- 1", 1),
        ("just text", 1),
        ("", 1),
        ("a: &x [1]\nb: *x", 2),
        ("a: !!python/object:os.system {}", 1),
        ("1: x", 1),
        ("a: " + "[" * 60 + "]" * 60, 1),
        ("a: !!binary aGVsaQ==", 1),
        ("\x00", 1),
    ],
)
def test_text_that_is_no_contract_is_refused_with_its_line(text, line):
    with pytest.raises(ContractError) as caught:
        read_text(text)
    assert caught.value.figures["line"] == line


@pytest.mark.parametrize("text", ['{"a": 1e999}', "a: .inf", "a: .nan", "a: [-.inf]"])
def test_numbers_that_are_not_finite_are_refused(text):
    with pytest.raises(ContractTextError):
        read_text(text)


def test_json_is_read_as_json():
    assert read_text('{"a": 1e5, "b": "x\x85y", "c": "07:00"}') == {
        "a": 1e5,
        "b": "x\x85y",
        "c": "07:00",
    }


def test_dates_in_yaml_stay_text():
    assert read_text("a: 2026-11-28\nb: 2026-11-28T10:00:00+08:00") == {
        "a": "2026-11-28",
        "b": "2026-11-28T10:00:00+08:00",
    }


def _break(change):
    document = _rich()
    table = document["schema"][0]
    change(document, table, table["properties"])
    return document


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d, t, p: d.update(slaProperties="x"), "slaProperties"),
        (lambda d, t, p: d["slaProperties"].append({"value": 1}), "slaProperties[3]"),
        (lambda d, t, p: t.update(quality={}), "schema[0].quality"),
        (lambda d, t, p: t["quality"].append("x"), "schema[0].quality[4]"),
        (
            lambda d, t, p: t["quality"].append({"metric": "rowCount", "mustBe": "many"}),
            "schema[0].quality[4].mustBe",
        ),
        (
            lambda d, t, p: p[1]["quality"].append({"metric": "rowCount", "mustBeBetween": [1]}),
            "schema[0].properties[1].quality[1].mustBeBetween",
        ),
        (
            lambda d, t, p: p[1].update(logicalTypeOptions=[]),
            "schema[0].properties[1].logicalTypeOptions",
        ),
        (
            lambda d, t, p: p[2].update(logicalTypeOptions={"pattern": "("}),
            "schema[0].properties[2].logicalTypeOptions.pattern",
        ),
        (
            lambda d, t, p: p[2].update(logicalTypeOptions={"minLength": -1}),
            "schema[0].properties[2].logicalTypeOptions.minLength",
        ),
        (
            lambda d, t, p: p[2]["customProperties"].pop(),
            "schema[0].properties[2].datum",
        ),
        (
            lambda d, t, p: p[1]["customProperties"].append(
                {"property": "datum", "value": "WGS84"}
            ),
            "schema[0].properties[1].datum",
        ),
        (
            lambda d, t, p: p[1]["customProperties"].append({"property": "allowed", "value": "x"}),
            "schema[0].properties[1].allowed",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_by_place(change, path):
    with pytest.raises(ContractError) as caught:
        parse_contract(_break(change))
    assert caught.value.field == path


NAMES = st.from_regex(re.compile(r"[a-z][a-z0-9_]{0,10}", re.ASCII), fullmatch=True)
SEMANTICS = {
    "string": [None, *(c for c in SEMANTIC_TYPES if c not in ("longitude", "latitude"))],
    "number": [None, "longitude", "latitude"],
    "integer": [None],
    "boolean": [None],
    "date": [None],
}


@st.composite
def contracts(draw):
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    properties = []
    for index, name in enumerate(names):
        logical = "string" if index == 0 else draw(st.sampled_from(sorted(SEMANTICS)))
        semantic = draw(st.sampled_from(SEMANTICS[logical]))
        custom = [{"property": "titleEn", "value": "T"}]
        if semantic:
            custom.append({"property": "semanticType", "value": semantic})
            if SEMANTIC_TYPES[semantic].located:
                custom.append({"property": "datum", "value": draw(st.sampled_from(DATUMS))})
        if index == 0:
            custom.append({"property": "subject", "value": True})
        entry = {
            "name": name,
            "businessName": draw(st.text(min_size=1, max_size=5).filter(str.strip)).strip(),
            "logicalType": logical,
            "required": draw(st.booleans()),
            "classification": draw(st.sampled_from([s.code for s in Sensitivity])),
        }
        if logical == "string" and not semantic and draw(st.booleans()):
            custom.append({"property": "allowed", "value": ["a", "b"]})
        if logical in ("integer", "number") and not semantic and draw(st.booleans()):
            entry["logicalTypeOptions"] = {"minimum": -5, "maximum": 50}
        if index:
            entry["unique"] = draw(st.booleans())
        properties.append({**entry, "customProperties": custom})
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "d/r",
        "version": "1.0.0",
        "status": "active",
        "schema": [
            {
                "name": "r",
                "businessName": "资源",
                "properties": properties,
                "customProperties": [
                    {"property": "titleEn", "value": "R"},
                    {"property": "subjectType", "value": "person"},
                ],
            }
        ],
    }


@settings(max_examples=60, deadline=None)
@given(document=contracts(), seed=st.integers(0, 2**32))
def test_made_up_records_keep_the_contract_and_its_json_schema(document, seed):
    contract = parse_contract(document)
    STANDARD.validate(dump_contract(contract))
    assert parse_contract(read_text(write_yaml(dump_contract(contract)))) == contract
    record = example_record(contract, Random(seed))
    assert validate_record(contract, record) == ()
    validator = jsonschema.Draft202012Validator(
        json_schema(contract), format_checker=jsonschema.FormatChecker()
    )
    validator.validate(record)
    assert example_record(contract, Random(seed)) == record


def test_a_draft_is_made_by_looking_at_the_values():
    rng = Random(1)
    titles = "身份证号 姓名 性别 联系电话 经度 登记日期 面积（平方米） Code 说明一"
    rows = [
        [
            SEMANTIC_TYPES["resident_id"].generate(rng),
            SEMANTIC_TYPES["person_name"].generate(rng),
            "男" if number % 2 else "女",
            SEMANTIC_TYPES["mobile"].generate(rng),
            SEMANTIC_TYPES["longitude"].generate(rng),
            "2026-01-02",
            f"{number}.5",
            f"00{number:03d}",
            "",
        ]
        for number in range(60)
    ]
    rows[7][0] = rows[7][0][:-1] + ("1" if rows[7][0][-1] != "1" else "2")
    draft = describe("owners", titles.split(), rows, department="zjj")
    STANDARD.validate(draft.document)
    contract = parse_contract(draft.document)
    found = {field.name: field for field in contract.fields}
    assert list(found) == ["resident_id", "name", "sex", "mobile", "longitude", "registered_on",
                           "area", "code", "field_9"]  # fmt: skip
    assert contract.subject_type == "person"
    assert contract.key == ("resident_id",)
    assert found["resident_id"].sensitivity is Sensitivity.HIGHLY_SENSITIVE
    assert found["sex"].allowed == ("女", "男")
    assert found["registered_on"].type == "date"
    assert (found["longitude"].type, found["longitude"].datum) == ("number", "WGS84")
    assert found["area"].type == "number"
    assert found["code"].type == "string"  # leading zeros make it a code
    assert not found["field_9"].required
    assert draft.columns[0].fitting == pytest.approx(59 / 60)
    assert any("datum" in question for question in draft.questions)


@pytest.mark.parametrize(("headers", "rows"), [([], []), (["a"], []), ([], [["x"]])])
def test_an_empty_table_is_no_ground_for_a_draft(headers, rows):
    with pytest.raises(NothingToDescribeError) as caught:
        describe("x", headers, rows)
    assert caught.value.code == "contracts.nothing_to_describe"

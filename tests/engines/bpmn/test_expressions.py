"""The condition language: what it understands, and that it understands nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.bpmn import errors
from heli.engines.bpmn.expressions import Expression

SCOPE = {
    "area": 300,
    "name": "a = b && !c",
    "ok": True,
    "site": {"district": "江北", "risk": {"level": 2}},
    "面积": 5,
    "none": None,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("area > 299", True),
        ("${area >= 301}", False),
        ("#{ area == 300 }", True),
        ("= area = 300", True),
        ("${area = 300}", True),
        ("area != 300", False),
        ("100 < area <= 300", True),
        ("ok and not (area < 5 or area in [1, 2])", True),
        ("${ok && !(area < 5 || area == 6)}", True),
        ("!ok", False),
        ("name == 'a = b && !c'", True),
        ('name == "a = b && !c"', True),
        ("site.district in ['江北', '江南']", True),
        ("site.risk.level == -2", False),
        ("面积 >= 5", True),
        ("none == null and ok = true", True),
        ("ok\n  and area > 1", True),
        ("'district' in site", True),
        ("area not in [1, 2]", True),
    ],
)
def test_understood(text, value):
    assert Expression(text, "flow").truth(SCOPE) is value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "${}",
        "area >",
        "print(1)",
        "().__class__",
        "'x'.__class__",
        "area + 1 > 2",
        "area if ok else ok",
        "[x for x in name]",
        "lambda: 1",
        "site['district'] == 1",
        "f'{area}' == 'x'",
        "b'x' == 'x'",
        "1j == 1",
        "... == 1",
        "area := 3",
        "(area := 3) > 2",
        "area; ok",
        "__import__('os')",
        "getDataObject('approved')",
        "Service Level == 'Premium'",
        "area is None",
        "{1: 2} == 3",
        "ok and await area",
        "not " * 400,
        "(" * 300 + "1" + ")" * 300,
    ],
)
def test_refused(text):
    with pytest.raises(errors.ExpressionError) as caught:
        Expression(text, "flow-7")
    assert caught.value.figures["element"] == "flow-7"


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused_and_never_anything_else(text):
    try:
        expression = Expression(text, "flow")
    except errors.ExpressionError:
        return
    try:
        expression.value(SCOPE)
    except (errors.MissingVariableError, errors.ExpressionValueError):
        return


@pytest.mark.parametrize(
    ("text", "missing"),
    [("x > 1", "x"), ("site.code == 1", "site.code"), ("area.x == 1", "area.x")],
)
def test_missing_variables_are_named(text, missing):
    with pytest.raises(errors.MissingVariableError) as caught:
        Expression(text, "flow").truth(SCOPE)
    assert caught.value.figures["variable"] == missing


def test_what_is_not_needed_need_not_be_there():
    assert Expression("ok or unknown > 3", "flow").truth(SCOPE) is True


@pytest.mark.parametrize("text", ["area", "name", "none", "area and ok", "not area", "name > 3"])
def test_only_true_and_false_are_conditions(text):
    with pytest.raises(errors.ExpressionValueError):
        Expression(text, "flow").truth(SCOPE)


def test_other_kinds_of_value():
    assert Expression("${area}", "n").number(SCOPE) == 300
    assert Expression("3", "n").number({}) == 3
    assert Expression("[area, 'x']", "n").items(SCOPE) == [300, "x"]
    assert Expression("${name}", "n").string({"name": "P3D"}) == "P3D"
    for text, method in [("-3", "number"), ("ok", "number"), ("name", "items"), ("3", "string")]:
        with pytest.raises(errors.ExpressionValueError):
            getattr(Expression(text, "n"), method)(SCOPE)

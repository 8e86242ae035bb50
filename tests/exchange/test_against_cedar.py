"""The decision of the exchange's policy against Cedar's, on generated cases.

Cedar (https://www.cedarpolicy.com) is an independent policy engine. The grants' rules are written
as Cedar policies, each case as a Cedar request with its context, and both must agree.
"""

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heli.engines.contracts import Contract, Field, LogicalType, all_fit, is_open, parse_policy
from heli.exchange.calls import bindings
from heli.exchange.calls.limits import Moment, beyond
from heli.exchange.calls.model import Call, Query
from heli.exchange.models import GrantUse
from heli.exchange.questions import Standing
from heli.kernel import clock
from heli.kernel.actor import Actor

cedarpy = pytest.importorskip("cedarpy")

CONTRACT = Contract(
    "urn:heli:test", "1.0.0", "homes", "住所", "Homes", "person",
    (
        Field("number", "号码", "Number", LogicalType.STRING, subject=True),
        Field("district", "区", "District", LogicalType.STRING, allowed=("a", "b", "c")),
        Field("age", "年龄", "Age", LogicalType.INTEGER),
    ),
)  # fmt: skip

POLICIES = """
@id("standing")
permit(principal, action == Action::"lookup", resource)
when { context.known && context.tookPart && context.live && context.holdsTask && context.concerns };

@id("hours")
forbid(principal, action, resource)
when { context.hasHours && !(context.minute >= context.from && context.minute < context.to
       && (context.anyDay || context.working)) };

@id("perMinute")
forbid(principal, action, resource)
when { context.perMinute > 0 && context.minuteCalls + 1 > context.perMinute };

@id("perDay")
forbid(principal, action, resource)
when { context.perDay > 0 && context.dayCalls + 1 > context.perDay };

@id("total")
forbid(principal, action, resource)
when { context.total > 0 && context.totalRecords + context.records > context.total };
"""
ROWS = """
@id("rows")
permit(principal, action == Action::"show", resource)
when { context.hasDistrict && [DISTRICTS].contains(context.district)
       && context.hasAge && context.age >= LEAST };
"""

truth = st.booleans()


@st.composite
def cases(draw):
    start = draw(st.integers(0, 1438))
    return {
        "standing": draw(st.builds(Standing, truth, truth, truth, st.just(""), truth, truth)),
        "hours": draw(truth),
        "from": start,
        "to": draw(st.integers(start + 1, 1440)),
        "any_day": draw(truth),
        "minute": draw(st.integers(0, 1439)),
        "working": draw(truth),
        "limits": draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "per_minute": st.integers(1, 4),
                    "per_day": st.integers(1, 4),
                    "records_total": st.integers(1, 4),
                },
            )
        ),
        "used": draw(st.tuples(*[st.integers(0, 4)] * 3)),
        "records": draw(st.integers(0, 1)),
    }


def written(minute):
    return f"{minute // 60:02d}:{minute % 60:02d}"


def ours(case):
    """What the path says: standing, hours, limits, each by the code that answers calls."""
    days = [1, 2, 3, 4, 5, 6, 7] if case["any_day"] else "working"
    window = {"days": days, "from": written(case["from"]), "to": written(case["to"])}
    document = {"fields": [{"field": "age"}], "limits": case["limits"]}
    policy = parse_policy(CONTRACT, document | ({"hours": [window]} if case["hours"] else {}))
    call = Call(Query(Actor("heli"), "scjg", "gaj/homes", "person", "1", "LJ-1"), policy=policy)
    bindings.check_matter(call, case["standing"])
    hour, minute = divmod(case["minute"], 60)
    local = dt.datetime(2026, 11, 23, hour, minute, tzinfo=clock.SHANGHAI)
    opened = is_open(policy.hours, local, lambda day: case["working"])
    moment = Moment.of(local)
    calls, day_calls, total = case["used"]
    use = GrantUse(
        minute=moment.minute, minute_calls=calls, day=moment.day, day_calls=day_calls,
        total_records=total,
    )  # fmt: skip
    within = beyond(policy.limits, use, moment, case["records"], "gaj/homes") is None
    return call.error is None and opened and within


def cedar_says(policies, action, context):
    request = {
        "principal": 'System::"scjg"',
        "action": f'Action::"{action}"',
        "resource": 'Resource::"gaj/homes"',
        "context": json.dumps(context),
    }
    return cedarpy.is_authorized(request, policies, []).decision == cedarpy.Decision.Allow


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_both_decide_alike(case):
    standing = case["standing"]
    context = {
        "known": standing.known,
        "tookPart": standing.took_part or standing.holds_task,
        "live": standing.live,
        "holdsTask": standing.holds_task,
        "concerns": standing.concerns_subject,
        "hasHours": case["hours"],
        "from": case["from"],
        "to": case["to"],
        "anyDay": case["any_day"],
        "minute": case["minute"],
        "working": case["working"],
        "perMinute": case["limits"].get("per_minute", 0),
        "perDay": case["limits"].get("per_day", 0),
        "total": case["limits"].get("records_total", 0),
        "minuteCalls": case["used"][0],
        "dayCalls": case["used"][1],
        "totalRecords": case["used"][2],
        "records": case["records"],
    }
    assert cedar_says(POLICIES, "lookup", context) == ours(case)


@settings(max_examples=200, deadline=None)
@given(
    districts=st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
    least=st.integers(0, 5),
    district=st.none() | st.sampled_from("abc"),
    age=st.none() | st.integers(0, 5),
)
def test_row_filters_decide_alike(districts, least, district, age):
    rows = [
        {"field": "district", "op": "in", "value": districts},
        {"field": "age", "op": "ge", "value": least},
    ]
    policy = parse_policy(CONTRACT, {"fields": [{"field": "age"}], "rows": rows})
    text = ROWS.replace("DISTRICTS", ", ".join(f'"{each}"' for each in districts))
    context = {
        "hasDistrict": district is not None, "district": district or "",
        "hasAge": age is not None, "age": age or 0,
    }  # fmt: skip
    theirs = cedar_says(text.replace("LEAST", str(least)), "show", context)
    assert theirs == all_fit(policy.rows, {"district": district, "age": age})

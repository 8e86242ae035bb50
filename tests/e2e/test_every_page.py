"""Every page, as each kind of user comes to it: both languages, wide and narrow.

Each test walks for one kind of user; the last one says which pages nobody was led to.
"""

import inspect
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver
from tests.e2e.walker import FILES, Seen, Walk

HERE = Path(__file__).parent
WALKERS = {
    "visitor": "",
    "applicant": "applicant1",
    "front desk": "zwzx02",
    "officer": "scjg02",
    "head": "xfjy01",
    "keeper of data": "gaj03",
    "steward": "steward1",
    "leader": "leader1",
    "planner": "zrzy02",
    "supervisor": "supervisor1",
    "arbitrator": "arbitrator1",
    "system administrator": "sysadmin",
    "security administrator": "secadmin",
    "audit administrator": "auditadmin",
}
OTHERS = {
    "fire officer": ("xfjy02", ["/exchange/emergencies/"]),
    "food officer": ("scjg02", ["/exchange/confirmations/"]),
    "keeper of certificates": (
        "wjw03",
        ["/exchange/wjw/health_certificates/", "/exchange/accesses/"],
    ),
    "asking department": ("zjj03", ["/exchange/applications/?view=ours"]),
    "data authority": ("steward1", ["/exchange/applications/?view=appeals"]),
    "applicant with an outcome": ("applicant1", ["/cases/mine/"]),
    "census officer": ("sthj02", ["/exchange/extracts/"]),
    "denied department": ("sthj03", ["/exchange/accesses/?answer=denied"]),
}
"""Who is led to pages that none of the above is led to, and a page on the way there."""

ELSEWHERE = {
    # Only developers need them.
    "web:gallery": "e2e/test_gallery.py",
    "web:gallery_queue": "e2e/test_gallery.py",
    "web:gallery_item": "e2e/test_gallery.py",
    "web:gallery_applicant": "e2e/test_gallery.py",
    "web:gallery_error": "e2e/test_gallery.py",
    # Only when a witness refuses.
    "ledger:evidence_list": "e2e/test_pages_ledger.py",
    "ledger:evidence": "e2e/test_pages_ledger.py",
    # Only while a form is filled in.
    "cases:step": "e2e/test_pages_applicant.py",
    "cases:check": "e2e/test_pages_applicant.py",
    # Only for who has a second step, or a password that somebody else has drawn.
    "organisation:sign_in_code": "organisation/test_signin.py",
    "organisation:sign_in_password": "organisation/test_signin.py",
    "organisation:second_step_remove": "organisation/test_signin.py",
    # Only once a log of another system was read in.
    "cockpit:history": "cockpit/test_pages.py",
    # Only while a version is announced and not yet in force.
    "exchange:version_withdraw": "exchange/contracts/test_versions.py",
    # Only once a simulation was asked for, or its prediction filed.
    "twin:run": "e2e/test_pages_twin.py",
    "twin:cite": "e2e/test_pages_twin.py",
    "twin:file": "e2e/test_policy.py",
    "twin:prediction": "e2e/test_policy.py",
    "twin:observe": "twin/room/test_prediction_pages.py",
    # Only where changes are sent to a webhook or a broker.
    "feeds:delivery": "feeds/test_api_and_pages.py",
}
"""Pages that no link of the demo city leads to, when one does, and the test that opens each."""

FOR_NOBODY = {
    "organisation:home": "sends everybody on to their own first page",
    "cases:begin": "begins by POST; sends everything else back",
    "demo:receiver": "takes what a feed tells by POST",
    "exchange:condition": "the part of an application's page that one condition is chosen in",
}
"""Addresses that show no page of their own."""


@pytest.fixture(scope="module")
def linjiang(linjiang_anew):
    return linjiang_anew


@pytest.fixture(scope="module")
def seen():
    return Seen()


@pytest.fixture
def page(browser, city):
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    yield opened
    context.close()


def step_into(page, city, username):
    page.goto(city)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = page.request.post(
        f"{city}/demo/step-into/",
        form={"username": username, "csrfmiddlewaretoken": token},
        headers={"referer": city},
    )
    assert answer.ok, username


@pytest.mark.parametrize("kind", WALKERS)
def test_pages_are_in_order_for(kind, page, city, seen):
    if WALKERS[kind]:
        step_into(page, city, WALKERS[kind])
    walk = Walk(page, city, seen)
    walk.all_from("/", *(["/home/", "/cases/search/?q=LJ"] if WALKERS[kind] else []))
    seen.walkers.add(kind)
    assert len(walk.places) > 8
    assert not walk.faults, "\n".join(walk.faults)


@pytest.mark.parametrize("kind", OTHERS)
def test_further_pages_are_in_order_for(kind, page, city, seen):
    username, starts = OTHERS[kind]
    step_into(page, city, username)
    walk = Walk(page, city, seen, only_new=True)
    walk.all_from(*starts)
    seen.walkers.add(kind)
    assert not walk.faults, "\n".join(walk.faults)


def methods(view):
    """The methods that a view answers; ``None`` where it names none."""
    while view is not None:
        if inspect.isfunction(view):
            found = inspect.getclosurevars(view).nonlocals.get("request_method_list")
            if found is not None:
                return found
        view = getattr(view, "__wrapped__", None)
    return None


def patterns(resolver=None, namespace=""):
    """Names of all patterns outside of the API that answer to GET."""
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLResolver):
            if not str(item.pattern).startswith("api/"):
                yield from patterns(item, item.namespace)
        elif "GET" in (methods(item.callback) or ["GET"]):
            yield f"{namespace}:{item.name}" if namespace else item.name


def test_every_page_was_seen(seen):
    if seen.walkers != {*WALKERS, *OTHERS}:
        pytest.skip("asks what all walks together have seen")
    pages = set(patterns()) - FILES - set(FOR_NOBODY)
    assert len(pages) > 100
    assert sorted(pages - set(seen.views) - set(ELSEWHERE)) == [], "no link leads there"
    assert sorted(set(ELSEWHERE) - pages) == [], "no such page"
    assert [name for name in ELSEWHERE.values() if not (HERE.parent / name).is_file()] == []
    for page in pages & set(seen.views):
        for each in ("zh-hans", "en"):
            assert any(language == each for language, _ in seen.views[page]), (page, each)
        for each in ("wide", "narrow"):
            assert any(size == each for _, size in seen.views[page]), (page, each)

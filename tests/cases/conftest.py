"""Linjiang's departments and people, the shipped procedures, and fixed personas of one matter."""

import datetime as dt
import random

import pytest
from django.utils import translation
from tests.remembered import Remembered

from heli.cases import assignment, services
from heli.cases.models import Task
from heli.demo import organisation
from heli.engines.contracts.semantics import SEMANTIC_TYPES
from heli.kernel import clock
from heli.kernel.clock import SHANGHAI
from heli.organisation.models import Person
from heli.organisation.selectors import forget_departments

MONDAY = dt.datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
_rng = random.Random(7)
CREDIT_CODE = SEMANTIC_TYPES["credit_code"].generate(_rng)
UNIT_CODE = SEMANTIC_TYPES["real_estate_unit"].generate(_rng)
RESIDENT_ID = SEMANTIC_TYPES["resident_id"].generate(_rng)
PARCEL_CODE = SEMANTIC_TYPES["parcel_code"].generate(_rng)


def restaurant_form(**changes):
    return {
        "person_id": RESIDENT_ID,
        "person_name": "演示 经营者",
        "mobile": "13900000000",
        "credit_code": CREDIT_CODE,
        "enterprise_name": "临江演示餐饮有限公司",
        "unit_code": UNIT_CODE,
        "address": "临江市演示路 1 号",
        "area": 120,
        "shop_name": "江畔小馆",
        "dishes": "hot",
        "seats": 40,
        "fume": "flue",
        **changes,
    }


def renewal_form(**changes):
    return {
        "credit_code": CREDIT_CODE,
        "enterprise_name": "临江演示建设有限公司",
        "parcel_code": PARCEL_CODE,
        "address": "临江市老城厢",
        "land_area": 9000,
        "project_name": "老城厢更新 3 号地块",
        "investment": 9000,
        "floor_area": 20000,
        "eia_class": "form",
        "summary": "更新",
        **changes,
    }


def forget():
    forget_departments()
    assignment.forget_rosters()


@pytest.fixture(autouse=True)
def _fresh():
    forget()
    with translation.override("zh-hans"):
        yield
    forget()


def write_linjiang():
    organisation.seed()
    forget()
    services.ensure_shipped_procedures()


LINJIANG = Remembered(write_linjiang)


@pytest.fixture
def linjiang(db):
    """All departments and people, the shipped procedures; time stands on a Monday."""
    LINJIANG.set_up()
    forget()
    return {person.username: person for person in Person.objects.select_related("department")}


@pytest.fixture
def now(linjiang):
    with clock.frozen(MONDAY) as frozen:
        yield frozen


@pytest.fixture
def applicant(linjiang):
    return linjiang["applicant1"]


@pytest.fixture
def ambassador(linjiang):
    return linjiang["zwzx02"]


@pytest.fixture
def matter(now, applicant):
    """A restaurant, filed by applicant1: four tasks open."""
    return services.start_matter("open-restaurant", restaurant_form(), by=applicant).matter


@pytest.fixture
def task(matter):
    """Give the open task of a node: ``task("Task_Fire")``."""

    def find(node):
        return Task.objects.select_related("assignee").get(
            matter=matter, node=node, closed_at__isnull=True
        )

    return find


@pytest.fixture
def work(task):
    """Claim and approve a node's task as its assignee; returns it."""

    def do(node, **more):
        row = task(node)
        return services.approve(row.pk, by=row.assignee, **more)

    return do


def inbox(person):
    """Notices of somebody in words, the newest first."""
    from heli.cases.selectors.inbox import notice_view, notices_of

    rows = notices_of(person).select_related("matter").order_by("-created_at", "-pk")
    return [notice_view(row) for row in rows]

"""Linjiang 临江, the city that shows everything: filling it and emptying it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils.translation import gettext
from rich.console import Console
from rich.table import Table

from heli.cases import services
from heli.demo import (
    alerts,
    extracts,
    feeds,
    grounds,
    matters,
    openings,
    organisation,
    projects,
    registers,
    sessions,
    sharing,
)
from heli.demo.city import APPLICANTS, CITY_HALL
from heli.demo.errors import OtherCityError
from heli.demo.hours import office, working_days
from heli.demo.twin import seeding as twin
from heli.kernel import clock
from heli.kernel.home import home, write_private
from heli.kernel.permissions import ROLE_LABELS, Role
from heli.ledger import guard
from heli.organisation import selectors
from heli.organisation.selectors import Department, Person

NUMBER = 20261123

Progress = Callable[[str], None]


def is_empty() -> bool:
    """Whether the city has not been set up."""
    return not Department.objects.filter(code=CITY_HALL).exists()


def is_elsewhere() -> bool:
    """Whether the database holds departments or people of another city than Linjiang."""
    if Person.objects.filter(username=APPLICANTS[0].username).exists():
        return False
    return Department.objects.exists() or Person.objects.exists()


def complete(progress: Progress = lambda text: None) -> None:
    """Fill an empty city, or go on where filling was interrupted; else do nothing."""
    if _mark().exists():
        seed(**json.loads(_mark().read_text()), progress=progress)
    elif is_empty():
        seed(progress=progress)


def _mark() -> Path:
    """There while the city is being filled; left behind where that was interrupted."""
    return home() / "seeding.json"


def seed(
    scale: str = "small",
    number: int = NUMBER,
    reset: bool = False,
    progress: Progress = lambda text: None,
) -> None:
    """Fill the city. What is there already stays, unless ``reset``.

    Args:
        scale: A key of ``registers.SCALES``.
        number: Same number, same city.
        reset: Empty the database and what was written beside it first.
        progress: Told what happens now, in Chinese and English.

    Raises:
        OtherCityError: The database holds another city; nothing was filled or emptied.
        UnknownScaleError: There is no such scale; nothing has been touched.
    """
    if is_elsewhere():
        raise OtherCityError
    registers.residents_at(scale)
    if reset:
        progress("Emptying the city 清空演示城市")
        empty()
    write_private(_mark(), json.dumps({"scale": scale, "number": number}).encode())
    # What the four weeks of work rest on was there before them.
    end = clock.now()
    with clock.frozen(office(end - matters.BEFORE_NOW)) as setting_up:
        if is_empty():
            progress("Departments and people 部门与人员")
            organisation.seed()
        progress("Registers 登记库")
        registers.seed_registers(home(), number, scale)
        setting_up.instant = working_days(setting_up(), 1)
        progress("Catalogue and contracts 资源目录与数据契约")
        registers.seed_catalogue()
        organisation.meet_registers(registers.personas(home(), len(APPLICANTS)))
        setting_up.instant = working_days(setting_up(), 1)
        services.ensure_shipped_procedures()
        progress("Applications for data 数据共享申请")
        sharing.seed_applications()
    progress("Procedures and matters 流程与事项")
    matters.seed_matters(end, number=number, progress=progress)
    progress("Feeds 变更订阅")
    feeds.seed_feeds(registers.personas(home(), 12))
    progress("Digital projects 数字化项目")
    projects.seed_projects()
    progress("Policy simulation 政策模拟")
    twin.seed_twin()
    progress("Duties and emergencies 法定职责与紧急查询")
    grounds.seed_grounds(registers.personas(home(), 12))
    sharing.seed_recent()
    progress("Extracts 批量提取")
    extracts.seed_extracts()
    progress("Open data and objections 开放数据与异议")
    openings.seed_openness(registers.personas(home(), 12))
    progress("Duty roster and alerts 值班与警情")
    alerts.seed_alerts(end)
    sessions.seed_sessions()
    _mark().unlink(missing_ok=True)
    progress("Linjiang is ready 临江市已就绪")


def empty() -> None:
    """Remove every row of every room, and the files that belong to them.

    The journal of facts goes too: an emptied demo city begins a new history. Registers,
    attachments and working files of the ledger go with it, and so do the witnesses with their
    keys, since they remember the old history. What lies under ``keys`` stays: the log's key and
    those of sealed values, sessions and systems.
    """
    tables = [
        name
        for name in connection.introspection.django_table_names(only_existing=True)
        if not name.startswith(("django_content_type", "auth_"))
    ]
    statements = connection.ops.sql_flush(
        no_style(), tables, reset_sequences=True, allow_cascade=False
    )
    with (
        guard.lifted(connection),
        connection.constraint_checks_disabled(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)
    selectors.forget_departments()
    # Witnesses remember what they signed: kept, they would rightly refuse the new history.
    written = ("registers", "snapshots", "attachments", "extracts", "open", "ledger", "witnesses")
    for name in written:
        shutil.rmtree(home() / name, ignore_errors=True)


def print_logins(console: Console) -> None:
    """One login for each kind of user, and the password of all."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("login 登录名", style="bold")
    for role, username in organisation.logins():
        table.add_row(str(ROLE_LABELS[Role(role)]), username)
    table.add_row(gettext("Planner"), twin.PLANNER)
    console.print(table)
    console.print(f"password 密码: [bold]{organisation.PASSWORD}[/bold]")

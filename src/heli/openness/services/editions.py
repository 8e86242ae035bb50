"""Making the files of open datasets, and closing what its contract no longer lets out."""

import datetime as dt
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from heli.errors import BadInputError
from heli.exchange.connectors import open_connector
from heli.exchange.selectors import UpdateCycle
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.home import folder
from heli.ledger import services as ledger
from heli.openness import errors, facts
from heli.openness.models import Downloads, Edition, Publication
from heli.openness.rules import parse_opening
from heli.openness.services.publications import withdraw

if TYPE_CHECKING:
    from heli.openness.portal.files import Made

logger = logging.getLogger(__name__)

CLOSED_BY_CONTRACT = "数据契约已变更，不再允许按原方式开放"
"""The reason kept where nobody decides: the contract no longer lets out what was open."""
EVERY = {
    UpdateCycle.REALTIME: dt.timedelta(minutes=15),
    UpdateCycle.DAILY: dt.timedelta(hours=6),
}
ELSE = dt.timedelta(days=1)
RETRY = dt.timedelta(minutes=5)
LEASE = dt.timedelta(minutes=30)
KEPT = 2
"""Editions whose files stay, so that a download under way is not cut."""


def issue_due(limit: int = 5) -> int:
    """Make the editions that are due; returns how many datasets were looked after."""
    review()
    now = clock.now()
    rows = Publication.objects.filter(withdrawn_at=None, due_at__lte=now).order_by("due_at")
    done = 0
    for row in rows[:limit]:
        # Whoever moves the instant has the work; it comes back if that process dies.
        if not Publication.objects.filter(pk=row.pk, due_at=row.due_at).update(due_at=now + LEASE):
            continue
        done += 1
        try:
            issue(row)
        except errors.EditionFailedError:
            logger.warning("the source of %s could not be read", row.slug)
    return done


def review() -> int:
    """Close datasets that their resource's contract or catalogue no longer lets out."""
    rows = Publication.objects.filter(withdrawn_at=None).filter(
        Q(resource__withdrawn_at__isnull=False)
        | ~Q(contract_version=F("resource__contract_version"))
    )
    closed = 0
    for row in rows.select_related("resource"):
        closed += not _still_allowed(row)
    return closed


def _still_allowed(row: Publication) -> bool:
    gone = row.resource.withdrawn_at is not None
    try:
        parse_opening(row.resource.parsed_contract, row.kind, row.rules)
    except errors.OpeningRefusedError:
        gone = True
    if gone:
        withdraw(row, actor=HELI, reason=CLOSED_BY_CONTRACT)
        return False
    version = row.resource.contract_version
    Publication.objects.filter(pk=row.pk).update(contract_version=version, due_at=clock.now())
    return True


def issue(row: Publication) -> Edition:
    """Make the files of a dataset now; the same content makes no new edition.

    Raises:
        EditionFailedError: The source cannot be read; the last edition stays.
        OpeningRefusedError: The contract no longer lets this out.
    """
    row = Publication.objects.select_related("resource").get(pk=row.pk)
    contract = row.resource.parsed_contract
    opening = parse_opening(contract, row.kind, row.rules)
    try:
        connector = open_connector(row.resource.connector, contract, row.resource.options)
        from heli.openness.portal import files

        made = files.make(contract, connector, opening)
    except (OSError, BadInputError) as error:
        Publication.objects.filter(pk=row.pk).update(
            trouble=str(error)[:200] or type(error).__name__, due_at=clock.now() + RETRY
        )
        raise errors.EditionFailedError(slug=row.slug) from error
    try:
        return _keep(row, made)
    finally:
        shutil.rmtree(made.place, ignore_errors=True)


def _keep(row: Publication, made: "Made") -> Edition:
    now = clock.now()
    with transaction.atomic():
        current = Publication.objects.select_for_update().get(pk=row.pk)
        if current.withdrawn_at is not None or current.version != row.version:
            raise errors.UnknownDatasetError(slug=row.slug)
        Publication.objects.filter(pk=row.pk).update(
            trouble="", due_at=now + EVERY.get(UpdateCycle(row.update_cycle), ELSE)
        )
        last = row.editions.order_by("-number").first()
        if last is not None and last.files == made.files:
            last.checked_at = now
            last.save(update_fields=["checked_at"])
            return last
        edition = Edition.objects.create(
            publication=row,
            number=last.number + 1 if last else 1,
            made_at=now,
            checked_at=now,
            rows=made.rows,
            suppressed=made.suppressed,
            profile=made.profile,
            preview=made.preview,
            files=made.files,
        )
        for kind in made.files:
            (made.place / f"data.{kind}").replace(path_of(edition, kind))
        _record(row, edition)
    _forget_older(row, edition.number)
    return edition


def path_of(edition: Edition, kind: str) -> Path:
    """Where a file of an edition lies."""
    return folder("open", str(edition.publication_id)) / f"{edition.number}.{kind}"


def _record(row: Publication, edition: Edition) -> None:
    hashes = {f"{kind}_sha256": each["sha256"] for kind, each in edition.files.items()}
    ledger.record(
        facts.EditionIssued(
            dataset=row.slug,
            resource=row.resource.address,
            edition=edition.number,
            rows=edition.rows,
            suppressed=edition.suppressed,
            **hashes,
        ),
        actor=HELI,
        department=row.department_id,
        subject=f"openness.dataset:{row.slug}",
    )


def _forget_older(row: Publication, number: int) -> None:
    for path in folder("open", str(row.pk)).iterdir():
        if path.stem.isdecimal() and int(path.stem) <= number - KEPT:
            path.unlink(missing_ok=True)


def count_download(row: Publication, kind: str) -> None:
    """Count one download, by day and format and nothing else."""
    key = {"publication": row, "day": clock.today(), "format": kind}
    if Downloads.objects.filter(**key).update(count=F("count") + 1):
        return
    try:
        with transaction.atomic():
            Downloads.objects.create(**key, count=1)
    except IntegrityError:
        Downloads.objects.filter(**key).update(count=F("count") + 1)

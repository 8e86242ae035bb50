"""Registering provisions of law, so that grounds are references and not free text."""

import datetime as dt
import re

from django.db import IntegrityError, transaction

from heli.errors import BadInputError, NotFoundError, gettext_noop
from heli.exchange.errors_applications import GroundError, ProvisionExistsError
from heli.exchange.facts_catalogue import ProvisionRegistered, ProvisionRepealed
from heli.exchange.models import LawKind, Provision
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@transaction.atomic
def register_provision(
    *,
    actor: Actor,
    code: str,
    kind: LawKind,
    law_zh: str,
    law_en: str = "",
    number: str = "",
    article: str,
    says_zh: str,
    says_en: str = "",
    effective_on: dt.date,
) -> Provision:
    """Register one article of a legal text.

    Args:
        actor: Who registers it.
        code: Short name by which others refer to it.
        kind: Rank of the text.
        law_zh: Title of the text, without brackets.
        law_en: The same in English.
        number: Number of the document, where it has one.
        article: Number of the article as the text writes it, ``第十三条``.
        says_zh: What it says, in short.
        says_en: The same in English.
        effective_on: First day on which it binds.

    Raises:
        BadInputError: The short name cannot be one, or something is missing.
        ProvisionExistsError: It is registered already.
    """
    if len(code) > 60 or _CODE.fullmatch(code) is None:
        raise BadInputError(
            field="code", reason=gettext_noop("a short name is lower-case letters and digits")
        )
    for field, value in (("law_zh", law_zh), ("article", article), ("says_zh", says_zh)):
        if not value.strip():
            raise BadInputError(field=field, reason=gettext_noop("it is empty"))
    row = Provision(
        code=code,
        kind=kind,
        law_zh=law_zh.strip("《》 "),
        law_en=law_en,
        number=number,
        article=article.strip(),
        says_zh=says_zh,
        says_en=says_en,
        effective_on=effective_on,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise ProvisionExistsError(field="code", title=str(row)) from None
    ledger.record(
        ProvisionRegistered(provision=code, title=str(row), effective_on=effective_on.isoformat()),
        actor=actor,
        department=actor.department,
        subject=f"exchange.provision:{code}",
    )
    return row


@transaction.atomic
def repeal_provision(code: str, *, actor: Actor, repealed_on: dt.date) -> Provision:
    """Note the first day on which a provision does not bind any more.

    What rests on it stays; nothing new can rest on it from that day.

    Raises:
        NotFoundError: There is no such provision, or that is noted already.
        BadInputError: The day lies before the first on which it binds.
    """
    row = Provision.objects.select_for_update().filter(pk=code, repealed_on=None).first()
    if row is None:
        raise NotFoundError(what=code)
    if repealed_on < row.effective_on:
        raise BadInputError(
            field="repealed_on", reason=gettext_noop("it lies before the provision began to bind")
        )
    row.repealed_on = repealed_on
    row.save(update_fields=["repealed_on"])
    ledger.record(
        ProvisionRepealed(provision=code, title=str(row), repealed_on=repealed_on.isoformat()),
        actor=actor,
        department=actor.department,
        subject=f"exchange.provision:{code}",
    )
    return row


def binding(code: str, *, field: str = "ground") -> Provision:
    """The provision of this short name, if it binds today.

    Raises:
        GroundError: There is none, or it does not bind; the error is about ``field``.
    """
    row = Provision.objects.filter(pk=code).first() if code else None
    if row is None or not row.in_force(clock.today()):
        raise GroundError(field=field, given=str(row) if row else code or "—")
    return row

"""Notices that reach somebody."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from heli.cases.models import Notice
from heli.cases.notices import TEXTS
from heli.cases.selectors.shapes import NoticeView
from heli.kernel.localise import bilingual
from heli.kernel.permissions import STAFF
from heli.organisation.selectors import Person, departments


def notices_of(person: Person) -> QuerySet[Notice]:
    """Notices to a person, to their department as far as their role goes, or to their role."""
    mine = Q(person=person)
    roles = [*person.roles, ""]
    if person.department_id and person.roles & STAFF:
        mine |= Q(person=None, department=person.department_id, role__in=roles)
    if person.roles:
        mine |= Q(person=None, department=None, role__in=list(person.roles))
    return Notice.objects.filter(mine)


def unread(person: Person) -> int:
    """How many notices are unread, at most 100."""
    return notices_of(person).filter(read_at=None)[:100].count()


def notice_view(row: Notice) -> NoticeView:
    """A notice in the reader's language."""
    data = dict(row.data)
    cards = departments()

    def name(code: object) -> str:
        card = cards.get(str(code or ""))
        return card.name if card else str(code or "")

    figures = {
        "code": data.get("code", ""),
        "name": bilingual(str(data.get("name_zh", "")), str(data.get("name_en", ""))),
        "department": name(data.get("about")),
        "other": name(data.get("other")),
        "ground": data.get("ground", ""),
        "nodes": data.get("nodes", ""),
    }
    return NoticeView(
        id=str(row.pk),
        level=row.level,
        sentence=_(TEXTS[row.key]).format(**figures),
        at=row.created_at,
        read=row.read_at is not None,
        matter_code=row.matter.code if row.matter else "",
        link=row.link,
    )

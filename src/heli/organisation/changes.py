"""What is changed, in words: of an administrator's account, and of entries."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.organisation.models import AccountChange

CHANGE_LABELS = {
    AccountChange.Kind.PASSWORD.value: _("a new password"),
    AccountChange.Kind.SECOND_STEP.value: _("removal of the second step"),
    AccountChange.Kind.CLOSE.value: _("closing"),
    AccountChange.Kind.REOPEN.value: _("reopening"),
}

FIELD_LABELS = {
    "name_zh": _("Chinese name"),
    "name_en": _("English name"),
    "phone": _("Telephone at work"),
    "department": _("Department"),
    "badge": _("Badge"),
    "parent": _("Belongs to"),
    "position": pgettext_lazy("field", "Order"),
    "is_active": pgettext_lazy("field", "In use"),
    "rank": pgettext_lazy("rank", "Rank"),
    "seats": _("Seats"),
    "is_head": _("Answers for the department"),
}
"""Names of fields in facts about departments, posts and people."""

"""What can be done with an administrator's account, in words."""

from django.utils.translation import gettext_lazy as _

from heli.organisation.models import AccountChange

CHANGE_LABELS = {
    AccountChange.Kind.PASSWORD.value: _("a new password"),
    AccountChange.Kind.SECOND_STEP.value: _("removal of the second step"),
    AccountChange.Kind.CLOSE.value: _("closing"),
    AccountChange.Kind.REOPEN.value: _("reopening"),
}

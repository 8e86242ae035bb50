"""Files handed in with a matter."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from heli.cases import policy
from heli.cases.callers import Caller
from heli.cases.errors import RecordNotFoundError
from heli.cases.models import Attachment
from heli.cases.selectors.matters import visible_matter
from heli.kernel.permissions import require


def attachments(code: str, by: Caller) -> QuerySet[Attachment]:
    """What was handed in with a matter, the first first.

    Raises:
        UnknownCodeError: There is no such matter, or it is none of the caller's business.
        DeniedError: The caller may not see the matter's data.
    """
    matter = visible_matter(code, by)
    require(policy.may_see_data(by, matter))
    return matter.attachments.order_by("uploaded_at", "id")


def attachment(code: str, attachment_id: UUID, by: Caller) -> Attachment:
    """One file of a matter.

    Raises:
        UnknownCodeError: There is no such matter, or it is none of the caller's business.
        DeniedError: The caller may not see the matter's data.
        RecordNotFoundError: The matter has no such file.
    """
    found = attachments(code, by).filter(pk=attachment_id).first()
    if found is None:
        raise RecordNotFoundError(what=_("file"))
    return found

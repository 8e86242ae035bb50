"""What the page of a resource shows beside its contract."""

from typing import Any

from django.http import HttpRequest

from heli.exchange import policy, selectors
from heli.exchange.models import Format, Openness, Resource, SharingClass
from heli.exchange.words import spoken


def about(request: HttpRequest, row: Resource) -> dict[str, Any]:
    """Metadata, quality, usage and what the reader may do, for the page of a resource."""
    entry = selectors.entry_of(row)
    own = getattr(request.user, "department_id", "") or ""
    shared = row.sharing != SharingClass.NOT_SHARED
    return {
        "entry": entry,
        "category": [spoken(each.title_zh, each.title_en) for each in
                     selectors.category_path(entry.category)] if entry else [],
        "summary": spoken(entry.summary_zh, entry.summary_en) if entry else "",
        "condition": spoken((entry or row).condition_zh, (entry or row).condition_en),
        "ground": entry.ground if entry else None,
        "ground_words": selectors.provision_words(entry.ground) if entry and entry.ground else "",
        "ground_says": spoken(entry.ground.says_zh, entry.ground.says_en)
        if entry and entry.ground else "",
        "openness": Openness(entry.openness).label if entry else "",
        "format": Format(entry.format).label if entry else "",
        "related": [(each, selectors.resource_title(each)) for each in selectors.related(entry)]
        if entry else [],
        "claims": selectors.claim_rows(row),
        "quality": selectors.quality_view(row),
        "field_quality": selectors.field_quality(row),
        "usage": selectors.usage(resource=row),
        "may_describe": policy.may_publish(request.user, row.department_id),
        "may_apply": shared and own != row.department_id
        and bool(policy.may_apply(request.user, own)),
    }  # fmt: skip

"""The names of competences that people read. A procedure may use others; they show as they are."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

LABELS: dict[str, Promise] = {
    "intake": pgettext_lazy("competence", "Intake at the desk"),
    "data.sharing": pgettext_lazy("competence", "Administration of all data sharing"),
    "data.emergency": pgettext_lazy("competence", "Emergency access to data"),
    "collaboration": pgettext_lazy("competence", "Requests from other departments"),
    "enterprise.registration": pgettext_lazy("competence", "Registration of enterprises"),
    "seal.filing": pgettext_lazy("competence", "Filing of company seals"),
    "tax.registration": pgettext_lazy("competence", "Registration with the tax office"),
    "social.registration": pgettext_lazy("competence", "Registration for social insurance"),
    "food.permit": pgettext_lazy("competence", "Food business permits"),
    "fire.inspection": pgettext_lazy("competence", "Fire safety inspection"),
    "environment.review": pgettext_lazy("competence", "Environmental review"),
    "environment.eia": pgettext_lazy("competence", "Environmental impact assessment"),
    "signboard.review": pgettext_lazy("competence", "Shop signs"),
    "land.approval": pgettext_lazy("competence", "Land approval"),
    "planning.permit": pgettext_lazy("competence", "Planning permits"),
    "traffic.review": pgettext_lazy("competence", "Traffic impact review"),
    "policy.simulation": pgettext_lazy("competence", "Policy simulation"),
    "construction.permit": pgettext_lazy("competence", "Construction permits"),
    "project.coordination": pgettext_lazy("competence", "Coordination of projects"),
}


def label(name: str) -> str:
    """What a person reads for a competence."""
    return str(LABELS.get(name, name))

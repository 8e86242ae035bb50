"""The names of competences that people read. A procedure may use others; they show as they are."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

LABELS: dict[str, Promise] = {
    "intake": pgettext_lazy("competence", "Intake at the desk"),
    "collaboration": pgettext_lazy("competence", "Requests from other departments"),
    "enterprise.registration": pgettext_lazy("competence", "Registration of enterprises"),
    "seal.registration": pgettext_lazy("competence", "Registration of company seals"),
    "tax.registration": pgettext_lazy("competence", "Registration with the tax office"),
    "social.registration": pgettext_lazy("competence", "Registration for social insurance"),
    "food.permit": pgettext_lazy("competence", "Food business permits"),
    "food.inspection": pgettext_lazy("competence", "Inspection of kitchens"),
    "fire.inspection": pgettext_lazy("competence", "Fire safety inspection"),
    "fire.design": pgettext_lazy("competence", "Fire protection design"),
    "environment.registration": pgettext_lazy("competence", "Environmental registration"),
    "environment.assessment": pgettext_lazy("competence", "Environmental impact assessment"),
    "urban.signage": pgettext_lazy("competence", "Shop signs and frontage"),
    "urban.waste": pgettext_lazy("competence", "Kitchen waste"),
    "land.approval": pgettext_lazy("competence", "Land approval"),
    "planning.review": pgettext_lazy("competence", "Planning review"),
    "traffic.assessment": pgettext_lazy("competence", "Traffic impact assessment"),
    "construction.permit": pgettext_lazy("competence", "Construction permits"),
    "project.approval": pgettext_lazy("competence", "Project approval"),
}


def label(name: str) -> str:
    """What a person reads for a competence."""
    return str(LABELS.get(name, name))

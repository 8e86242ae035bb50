"""The start page of the demo city, stepping into people, and the guided tour."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from heli.demo import tour
from heli.demo.city import APPLICANTS
from heli.demo.organisation import PASSWORD
from heli.demo.personas import GROUPS, Persona
from heli.kernel.permissions import audience
from heli.organisation import selectors
from heli.organisation.errors import UnknownPersonError
from heli.organisation.selectors import Person
from heli.organisation.signin import BACKEND, safe_target


@audience(public=True)
@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """What Heli is, who one can be, and the tour."""
    named = {persona.username for group in GROUPS for persona in group.personas}
    people = {person.username: person for person in selectors.people()}
    context = {
        "groups": [
            (
                group.title,
                [_card(item, people) for item in group.personas if item.username in people],
            )
            for group in GROUPS
        ],
        "others": [
            person
            for person in people.values()
            if person.username not in named and person.department_id
        ],
        "applicants": len(APPLICANTS),
        "password": PASSWORD,
        "steps": tour.STEPS,
        "empty": not people,
    }
    return render(request, "demo/start.html", context)


def _card(persona: Persona, people: dict[str, Person]) -> dict[str, object]:
    person = people[persona.username]
    return {"persona": persona, "person": person, "department": person.department}


@audience(public=True)
@require_POST
def step_into(request: HttpRequest) -> HttpResponse:
    """Become somebody of the demo city; never there outside of it."""
    username = request.POST.get("username", "")
    _become(request, username)
    target = safe_target(request, request.POST.get("next", ""))
    return redirect(target or "organisation:home")


@audience(public=True)
@require_POST
def tour_step(request: HttpRequest) -> HttpResponse:
    """Go to a step of the tour as its person, or end the tour."""
    text = request.POST.get("step", "")
    if not text.isdecimal() or len(text) > 2 or int(text) >= len(tour.STEPS):
        answer = redirect(safe_target(request, request.POST.get("next", "")) or "demo:start")
        tour.remember(answer, None)
        return answer
    number = int(text)
    place = tour.place(number, tour.kept(request)[1])
    _become(request, place.username)
    answer = redirect(place.url)
    tour.remember(answer, number, place.matter)
    return answer


def _become(request: HttpRequest, username: str) -> None:
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise UnknownPersonError(person=username)
    login(request, person, backend=BACKEND)

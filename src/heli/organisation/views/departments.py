"""Departments and their posts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.organisation import policy, selectors, services
from heli.organisation.forms import DepartmentForm, PostEditForm, PostForm
from heli.organisation.models import Department
from heli.organisation.services import NewDepartment
from heli.organisation.views.account import me
from heli.organisation.views.signin import refuse


@audience(*STAFF)
@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    """All departments in their tree."""
    branches = selectors.tree()
    text = request.GET.get("q", "").strip()[:80]
    context = {
        "text": text,
        "branches": [
            item for item in branches if item.department.is_active and item.department.goes_by(text)
        ],
        "dissolved": [item for item in branches if not item.department.is_active],
        "may_manage": policy.may_manage_structure(me(request)),
        "may_trail": policy.may_read_trail(me(request)),
    }
    return render(request, "organisation/departments.html", context)


@audience(*STAFF)
@require_GET
def department(request: HttpRequest, code: str) -> HttpResponse:
    """One department: posts by rank, who holds them, who is away."""
    card = selectors.department(code)
    unit = Department.objects.select_related("parent").get(code=code)
    context = {
        "department": card,
        "unit": unit,
        "head": selectors.head_of(code),
        "posts": selectors.posts_of(code),
        "without_post": selectors.without_post(code),
        "away": {item.person_id: item for item in selectors.absences_on(clock.today(), code)},
        "systems": selectors.systems(code),
        "below": [item for item in selectors.departments().values() if item.parent == code],
        "may_manage": policy.may_manage_structure(me(request)),
    }
    return render(request, "organisation/department.html", context)


@audience(Role.SYSTEM_ADMIN)
@require_http_methods(["GET", "POST"])
def department_new(request: HttpRequest) -> HttpResponse:
    """Set up a department."""
    require(policy.may_manage_structure(me(request)))
    form = DepartmentForm(request.POST or None, initial={"parent": request.GET.get("parent")})
    status = 200
    if form.is_valid():
        try:
            made = services.create_department(
                NewDepartment(**form.values()), actor=me(request).actor
            )
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("{name} is set up.").format(name=made.name))
            return redirect("organisation:department", made.code)
    context = {
        "form": form,
        "heading": _("Which department is new?"),
        "back_url": "organisation:departments",
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SYSTEM_ADMIN)
@require_http_methods(["GET", "POST"])
def department_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a department."""
    require(policy.may_manage_structure(me(request)))
    card = selectors.department(code)
    initial = {
        "name_zh": card.name_zh,
        "name_en": card.name_en,
        "badge": card.badge,
        "parent": card.parent,
    }
    form = DepartmentForm(request.POST or None, initial=initial, existing=True)
    status = 200
    if form.is_valid():
        try:
            services.change_department(code, actor=me(request).actor, **form.values())
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("The change is saved."))
            return redirect("organisation:department", code)
    context = {
        "form": form,
        "heading": _("Change {name}").format(name=card.name),
        "back_to": card.url,
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SYSTEM_ADMIN)
@require_http_methods(["GET", "POST"])
def post_new(request: HttpRequest, code: str) -> HttpResponse:
    """Set up a post."""
    require(policy.may_manage_structure(me(request)))
    card = selectors.department(code)
    form = PostForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            services.create_post(code, actor=me(request).actor, **form.cleaned_data)
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("The post is set up."))
            return redirect("organisation:department", code)
    context = {
        "form": form,
        "heading": _("A new post of {name}").format(name=card.name),
        "back_to": card.url,
    }
    return render(request, "organisation/form.html", context, status=status)


@audience(Role.SYSTEM_ADMIN)
@require_http_methods(["GET", "POST"])
def post_edit(request: HttpRequest, post_id: int) -> HttpResponse:
    """Change a post."""
    require(policy.may_manage_structure(me(request)))
    post = selectors.post(post_id)
    initial = {name: getattr(post, name) for name in PostEditForm.base_fields}
    form = PostEditForm(request.POST or None, initial=initial)
    status = 200
    if form.is_valid():
        try:
            changed = services.change_post(post.pk, actor=me(request).actor, **form.values())
        except HeliError as error:
            status = refuse(form, error)
        else:
            messages.success(request, _("The change is saved."))
            return redirect("organisation:department", changed.department_id)
    context = {
        "form": form,
        "heading": _("Change {name}").format(name=post.name),
        "back_to": reverse("organisation:department", args=[post.department_id]),
    }
    return render(request, "organisation/form.html", context, status=status)

"""What people fill in to change the organisation."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.organisation import competences
from heli.organisation.models import Absence, Department, Person, Post
from heli.organisation.ranks import CHOICES, Rank

ABSENCE_KINDS = [
    (Absence.Kind.LEAVE.value, pgettext_lazy("absence", "Leave")),
    (Absence.Kind.DUTY.value, pgettext_lazy("absence", "On duty elsewhere")),
    (Absence.Kind.TRAINING.value, pgettext_lazy("absence", "Training")),
    (Absence.Kind.SICK.value, pgettext_lazy("absence", "Illness")),
]


class SignInForm(forms.Form):
    """Login name and password."""

    username = forms.CharField(
        label=_("Login name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """A one-time or recovery code."""

    code = forms.CharField(
        label=pgettext_lazy("sign-in", "Code"),
        max_length=20,
        help_text=_("Six digits from your device, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}
        ),
    )


class NewPasswordForm(forms.Form):
    """A new password, twice; validated against the rules of the installation."""

    password = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        help_text=_("At least 12 characters; a sentence is easier to remember than a riddle."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("New password once more"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password(self) -> str:
        """Apply the password rules."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any]:
        """Both entries must agree."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if "password" in found and found["password"] != found.get("repeated"):
            raise ValidationError({"repeated": _("The two passwords differ.")})
        return found


class ChangePasswordForm(NewPasswordForm):
    """The present password before a new one."""

    present = forms.CharField(
        label=_("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("present", "password", "repeated")

    def clean_present(self) -> str:
        """It must be right."""
        present: str = self.cleaned_data["present"]
        if not self.person.check_password(present):
            raise ValidationError(_("This is not your present password."))
        return present


class ConfirmPasswordForm(forms.Form):
    """The present password, before sign-in is made weaker."""

    present = ChangePasswordForm.base_fields["present"]

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    clean_present = ChangePasswordForm.clean_present


class DepartmentForm(forms.Form):
    """A department; its code cannot be changed once facts refer to it."""

    code = forms.SlugField(
        label=_("Department code"),
        max_length=40,
        help_text=_("Short and lasting; facts, grants and procedures refer to it."),
    )
    name_zh = forms.CharField(label=_("Chinese name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    badge = forms.CharField(
        label=_("Badge"), max_length=1, help_text=_("One character that stands for it everywhere.")
    )
    parent = forms.ModelChoiceField(
        label=_("Belongs to"),
        queryset=Department.objects.filter(is_active=True),
        required=False,
        empty_label=_("Nothing above"),
    )

    def __init__(self, *args: Any, existing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if existing:
            del self.fields["code"]

    def values(self) -> dict[str, Any]:
        """What the services take."""
        found = dict(self.cleaned_data)
        found["parent"] = found["parent"].code if found["parent"] else ""
        return found


class PostForm(forms.Form):
    """A post of a department."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=60)
    name_en = forms.CharField(label=_("English name"), max_length=80, required=False)
    rank = forms.TypedChoiceField(
        label=pgettext_lazy("rank", "Rank"), choices=CHOICES, coerce=lambda value: Rank(int(value))
    )
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=200, initial=1)
    is_head = forms.BooleanField(label=_("Answers for the department"), required=False)


class PostEditForm(PostForm):
    """A post as it stands; it moves to another department while nobody holds it."""

    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.filter(is_active=True),
        empty_label=_("Choose a department"),
        help_text=_("It moves only while nobody holds it."),
    )

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {**self.cleaned_data, "department": self.cleaned_data["department"].code}


class PersonForm(forms.Form):
    """Somebody taken on, or as they stand; the login name stays once it was given."""

    username = forms.SlugField(label=_("Login name"), max_length=60)
    name_zh = forms.CharField(label=_("Chinese name"), max_length=60)
    name_en = forms.CharField(label=_("English name"), max_length=80, required=False)
    phone = forms.CharField(
        label=_("Telephone at work"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.filter(is_active=True),
        empty_label=_("Choose a department"),
    )

    def __init__(self, *args: Any, existing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if existing:
            del self.fields["username"]

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {**self.cleaned_data, "department": self.cleaned_data["department"].code}


class AppointForm(forms.Form):
    """A post to appoint somebody to."""

    post = forms.ModelChoiceField(
        label=_("Post"), queryset=Post.objects.none(), empty_label=_("Choose a post")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = Post.objects.select_related("department").order_by("department__position", "-rank")
        field: Any = self.fields["post"]
        field.queryset = posts
        field.label_from_instance = lambda post: (
            f"{post.department.name} · {post.name} · {post.rank_label}"
        )


class CompetencesForm(forms.Form):
    """What a person is qualified for: known names to tick, others to write."""

    known = forms.MultipleChoiceField(
        label=_("Competences"), required=False, widget=forms.CheckboxSelectMultiple
    )
    further = forms.CharField(
        label=_("Further ones"),
        required=False,
        help_text=_("Names that a procedure uses, separated by spaces, such as fire.inspection."),
    )

    def __init__(self, *args: Any, held: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            "known": sorted(held & competences.LABELS.keys()),
            "further": " ".join(sorted(held - competences.LABELS.keys())),
        }
        field: Any = self.fields["known"]
        field.choices = list(competences.LABELS.items())

    def names(self) -> list[str]:
        """All names chosen."""
        return [*self.cleaned_data["known"], *self.cleaned_data["further"].split()]


class AbsenceForm(forms.Form):
    """First and last day away, and who stands in."""

    starts_on = forms.DateField(
        label=_("First day away"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=_("Last day away"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(label=_("Reason"), choices=ABSENCE_KINDS)
    substitute = forms.ModelChoiceField(
        label=_("Stands in"),
        queryset=Person.objects.none(),
        required=False,
        empty_label=_("Nobody named"),
        help_text=_("New tasks go to this person meanwhile."),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["substitute"]
        field.queryset = Person.objects.filter(
            department=person.department_id, is_active=True
        ).exclude(pk=person.pk)


class SystemForm(forms.Form):
    """A department's system with its first public key."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.filter(is_active=True),
        empty_label=_("Choose a department"),
    )
    public_key = forms.CharField(
        label=_("Public key"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 4, "class": "code"}),
        help_text=_("Ed25519, as PEM or in base64. The private key stays with the department."),
    )


class KeyForm(forms.Form):
    """A new public key of a system."""

    public_key = SystemForm.base_fields["public_key"]

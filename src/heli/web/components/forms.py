"""Forms that keep what was typed and say what to correct."""

from collections.abc import Iterable
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField

register = template.Library()

_CHECKS = (forms.CheckboxInput,)
_GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


@register.inclusion_tag("web/components/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """Every fault of a form, each leading to its field."""
    faults: list[tuple[str, str]] = []
    if isinstance(form, forms.BaseForm):
        faults += [("", str(message)) for message in form.non_field_errors()]
        for bound in form:
            faults += [(_target(bound), f"{_bare(bound.label)}：{error}") for error in bound.errors]
        faults = [(target, _spaced(text)) for target, text in faults]
    elif isinstance(form, Iterable):
        faults = [(str(target), str(message)) for target, message in form]
    return {"faults": faults}


def _bare(label: Any) -> str:
    return str(label).rstrip("？?。.：: ")


def _spaced(text: str) -> str:
    from django.utils.translation import get_language

    return text.replace("：", ": ", 1) if get_language() == "en" else text


def _target(bound: BoundField) -> str:
    identifier = bound.auto_id or bound.html_name
    return f"{identifier}_0" if isinstance(bound.field.widget, _GROUPS) else str(identifier)


@register.inclusion_tag("web/components/field.html")
def field(bound: BoundField, prefilled: Any = None, **attributes: Any) -> dict[str, Any]:
    """One field: label, hint, error, control, and where a known value came from."""
    widget = bound.field.widget
    identifier = str(bound.auto_id)
    described = []
    if bound.help_text:
        described.append(f"{identifier}_hint")
    if bound.errors:
        described.append(f"{identifier}_error")
    attributes = {key.replace("_", "-"): value for key, value in attributes.items()}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    kind = _kind(widget)
    if kind == "control":
        attributes["class"] = _class_of(widget) + (" is-invalid" if bound.errors else "")
    return {
        "bound": bound,
        "kind": kind,
        "control": bound.as_widget(attrs=attributes) if kind != "group" else "",
        "options": list(bound.subwidgets) if kind == "group" else [],
        "described": " ".join(described),
        "prefilled": prefilled,
        "optional": not (bound.field.required or getattr(bound.field, "needed", False))
        and kind != "check",
        "id": identifier,
    }


def _kind(widget: forms.Widget) -> str:
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, _GROUPS):
        return "group"
    return "check" if isinstance(widget, _CHECKS) else "control"


def _class_of(widget: forms.Widget) -> str:
    base = "form-select" if isinstance(widget, forms.Select) else "form-control"
    extra = str(widget.attrs.get("class", ""))
    return f"{base} {extra}".strip()


@register.inclusion_tag("web/components/check_answers.html")
def check_answers(rows: Iterable[Any]) -> dict[str, Any]:
    """What was answered, before it is sent for good."""
    return {"rows": rows}


@register.inclusion_tag("web/components/confirm.html", takes_context=True)
def confirm(  # noqa: PLR0917 - positional in templates
    context: template.Context,
    dialog_id: str,
    url: str,
    label: Any,
    title: Any,
    text: Any,
    **more: Any,
) -> dict[str, Any]:
    """A button for an act that cannot be undone, asked about once in a dialog."""
    return {
        "id": dialog_id,
        "url": url,
        "label": label,
        "title": title,
        "text": text,
        "csrf_token": context.get("csrf_token"),
        "hidden": (more.pop("hidden", None) or {}).items(),
        **more,
    }

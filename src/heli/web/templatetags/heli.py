"""All components under one name: ``{% load heli %}``."""

from django import template

from heli.web.components import badges, drawing, figures, forms, lists, maps, queues

register = template.Library()
for part in (badges, drawing, figures, forms, lists, maps, queues):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)

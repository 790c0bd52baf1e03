"""What the members of the rules' enumerations are called, in templates."""

from django import template

from loyalty import labels

register = template.Library()

register.filter("label", labels.label)

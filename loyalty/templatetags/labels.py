"""The words for members of the rules' enumerations."""

from django import template

from loyalty.labels import label

register = template.Library()

register.filter("label", label)

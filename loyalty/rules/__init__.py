"""Pure arithmetic of the loyalty rules: no Django, no clock, no database (docs/rules.md)."""

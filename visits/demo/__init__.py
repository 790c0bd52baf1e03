"""A demo chain: three salons, three months, played through the product's own services."""

DEMO_PASSWORD = "regulars-demo"  # noqa: S105 - printed for everyone who runs the demo

#: Who works for the demo chain: name, e-mail, role, and the one location (all without).
STAFF = (
    ("Olivia Brandt", "owner@aurora.example", "owner", None),
    ("Adrian Kern", "administrator@aurora.example", "administrator", None),
    ("Marta Lindner", "manager@aurora.example", "manager", None),
    ("Dana Vogel", "desk@aurora.example", "front_desk", "Center"),
    ("Henrik Sommer", "harbour@aurora.example", "front_desk", "Harbour"),
    ("Nora Adler", "garden@aurora.example", "front_desk", "Garden"),
)


def demo_sign_ins() -> list[tuple[str, str, str]]:
    """Who may sign in to the demo: role, e-mail, password."""
    return [
        (f"{role.replace('_', ' ')}, {where or 'everywhere'}", email, DEMO_PASSWORD) for _, email, role, where in STAFF
    ]

"""How Hypothesis searches: the same examples everywhere, so that a red run is red on every machine."""

from hypothesis import settings

settings.register_profile("regulars", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("regulars")

# For tests whose every example goes through the database; two of them make a few dozen.
ON_DATABASE = settings(max_examples=12)

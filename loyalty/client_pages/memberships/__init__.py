"""The page of a membership and what is done there, and the memberships of a client."""

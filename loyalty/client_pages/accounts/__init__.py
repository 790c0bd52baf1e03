"""Client accounts: the list of the chain, a client's own, the page of one, and what staff do to it."""

"""The pages of a client, and of a chain's cards, that know of cards and points."""

"""The page of a gift card, what a client bought and holds, and how much is on one of which only the code is known."""

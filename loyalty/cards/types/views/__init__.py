"""Pages of card types."""

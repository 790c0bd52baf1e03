"""Views of clients and cards, a module per subject."""

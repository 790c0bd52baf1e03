"""The panes of the visit window, each declared in a module of its own; ``visits/window/layout.py`` lists them."""

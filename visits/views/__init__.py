"""Pages about visits: the day at a location, whose visit it is, and the visit window."""

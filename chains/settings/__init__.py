"""The settings of a chain: what it is, where its guests come, who works for it."""

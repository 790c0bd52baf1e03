"""The visit window: one form that the server answers with the whole window, until it is saved."""

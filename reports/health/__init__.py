"""Whether all parts of the installation work, for whoever watches over it."""

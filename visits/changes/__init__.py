"""What each save of a visit changed: told apart, kept for good, and put into words."""

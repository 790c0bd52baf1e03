"""What is typed on the pages of visits: the window of a visit, and its guest."""

"""What the visit window shows of a computed visit, pane by pane, in the reader's words; templates only lay it out."""

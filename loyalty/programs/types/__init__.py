"""What the pages of gift card types and of account types share: the form of one, its history, archiving, the list."""

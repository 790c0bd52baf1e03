"""Which promotions combine on which cards and where."""

"""Which promotions meet on which cards and where."""

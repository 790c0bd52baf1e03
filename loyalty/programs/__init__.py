"""What promotions, card types and referral programs share: terms, their history, the form of their pages."""

"""The pages of the referral programs of a chain and of its locations."""

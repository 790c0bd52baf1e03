"""Memberships that renew themselves: the kept payment method, the guest's consent and the charges (section 14)."""

"""A working program from one page: its promotions, its card type and the referral program in one go."""

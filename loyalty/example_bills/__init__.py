"""Example bills of programs that are being set up: nothing of them is kept."""

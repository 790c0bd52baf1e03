"""A chain of any size for measuring, made by sets: programs by the services, what they led to by `rows.sql`."""

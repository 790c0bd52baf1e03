"""PostgreSQL as the tests use it; Django finds the parts of a database engine in modules of these names."""

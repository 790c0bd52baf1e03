"""The PostgreSQL and Redis that the project brings along, and who starts and stops them."""

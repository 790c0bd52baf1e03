"""The pages of clients that know of their visits: the client database, and a client's visits."""

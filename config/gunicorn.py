"""How gunicorn serves the site: `gunicorn -c python:config.gunicorn config.wsgi`."""

# Longer than usual proxies keep a connection that nobody uses, so that it is never
# the server who closes one in the instant in which a request is sent on it.
keepalive = 75

# Nobody steers a running server by it, and it would be a file in the home of an account that may have none.
control_socket_disable = True

"""What gunicorn is told wherever it serves Regulars: ``-c python:config.gunicorn``.

How many workers and threads there are, and where it listens, is up to who starts it.
"""

# Longer than usual proxies keep a connection that nothing goes over (60 seconds). Who ends it second never sends a
# request on one that the other end has just closed, which a browser would be shown as "502 Bad Gateway".
keepalive = 75
# Nobody steers it while it runs, and its folder need not be writable.
control_socket_disable = True

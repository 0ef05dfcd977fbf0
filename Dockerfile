# slasync as a container: nobody's rights, a root that may be read-only, all data in /data.
# docs/operating.md tells how to run it; deploy/rehearse-dockerfile runs these lines without Docker.

FROM debian:12-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv
WORKDIR /build
COPY requirements.lock requirements-build.lock ./
# what slasync needs, PostgreSQL's driver included, each file checked by its hash
RUN python3 -m venv /opt/slasync \
 && /opt/slasync/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
# what builds slasync, apart
RUN python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md ./
COPY config config
COPY connectors connectors
COPY src src
RUN /opt/build/bin/hatchling build -t wheel \
 && /opt/slasync/bin/pip install --disable-pip-version-check --no-deps --no-index dist/*.whl \
 && /opt/slasync/bin/pip uninstall -y --disable-pip-version-check pip setuptools

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 slasync \
 && useradd --uid 10001 --gid slasync --no-create-home --home-dir /nonexistent slasync \
 && install -d -o slasync -g slasync -m 0750 /data
COPY --from=build /opt/slasync /opt/slasync
# PYTHONTZPATH is empty so that time zones come from the locked tzdata, not from the image's
ENV PATH=/opt/slasync/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONTZPATH= \
    SLASYNC_CONFIG=/config \
    SLASYNC_DATABASE=sqlite:////data/slasync.db
USER 10001:10001
WORKDIR /data
VOLUME /data
# webhooks; health and metrics; the dashboard, once slasync.yaml has it listen beyond the container
EXPOSE 8811 8812 8813
# healthy means progress: 200 only while everything that has to go on goes on
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8812, timeout=8); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["slasync"]
CMD ["run"]

# Umschlag in a container: hash-pinned packages, no root, its state in one volume.
FROM python:3.13-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/umschlag
# First the packages alone: this layer stays as long as the lock does.
COPY requirements.lock ./
RUN /opt/umschlag/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml requirements.in LICENSE ./
COPY gateway gateway
COPY providers providers
RUN /opt/umschlag/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/umschlag --create-home umschlag \
    && chmod 0700 /var/lib/umschlag
COPY --from=build /opt/umschlag /opt/umschlag
# A container's loopback is out of reach from outside: the client listener binds to all of its addresses, the admin
# listener stays on loopback.
ENV PATH=/opt/umschlag/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    UMSCHLAG_HOME=/var/lib/umschlag \
    UMSCHLAG_HTTP__LISTEN=0.0.0.0:8025
USER umschlag
WORKDIR /var/lib/umschlag
VOLUME /var/lib/umschlag
EXPOSE 8025 8587
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8025/healthz', timeout=2)"]
# The umask goes with the process, so that no file is ever readable by others; exec hands signals to the gateway.
ENTRYPOINT ["/bin/sh", "-c", "umask 077 && exec umschlag \"$@\"", "umschlag"]
CMD ["serve"]

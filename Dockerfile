# The gateway. `docker build -t drawbar .`; with podman or buildah add `--format docker`,
# as the OCI format drops HEALTHCHECK.

FROM python:3.13-slim AS build
# The environment must have the same path in both stages: scripts name their interpreter.
ENV UV_PROJECT_ENVIRONMENT=/opt/drawbar \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
RUN pip install --no-cache-dir --root-user-action=ignore uv==0.13.8
WORKDIR /src
# First what the lock names, so that a change of code does not install it again.
COPY pyproject.toml uv.lock ./
COPY sdk/python/pyproject.toml sdk/python/
RUN uv sync --locked --no-dev --no-editable --extra postgres --no-install-workspace
COPY README.md LICENSE ./
COPY app app
COPY dsl dsl
COPY guards guards
COPY memory memory
COPY migrations migrations
RUN uv sync --locked --no-dev --no-editable --extra postgres && rm -f /opt/drawbar/.lock

FROM python:3.13-slim
RUN groupadd --gid 10001 drawbar \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/drawbar \
        --shell /usr/sbin/nologin drawbar \
    && install -d -m 0700 -o 10001 -g 10001 /var/lib/drawbar
COPY --from=build /opt/drawbar /opt/drawbar
# Mount your own policies over these.
COPY examples/starter /etc/drawbar/policies
ENV PATH=/opt/drawbar/bin:$PATH \
    PYTHONUNBUFFERED=1
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/drawbar
VOLUME /var/lib/drawbar
EXPOSE 8484
# http.client, as urllib would follow a proxy set in the environment; -I, as the folder is writable.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-I", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8484, timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["drawbar"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8484", "--data", "/var/lib/drawbar", "--policies", "/etc/drawbar/policies"]

# syntax=docker/dockerfile:1
# The packages are installed here, as wheels only: nothing is compiled, and no package runs a program of its own.
FROM python:3.13.7-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir --only-binary=:all: -r requirements.txt

FROM python:3.13.7-slim-trixie
LABEL org.opencontainers.image.title="ipviz" \
      org.opencontainers.image.description="Who uses which address on the subnets of Cluster API vSphere clusters" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --user-group --no-create-home ipviz \
    && install -d -o ipviz -g ipviz /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py gunicorn.conf.py CHANGELOG.md ./
COPY ipviz ipviz
COPY templates templates
COPY static static
COPY demo demo
# The root file system is read-only later: what Python would write beside the code is written now.
RUN python -m compileall -q ipviz
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    IPVIZ_DATA_DIR=/data
# By number, which Kubernetes can tell from root.
USER 10001:10001
VOLUME /data
EXPOSE 8000
# All of it ends by itself at SIGTERM, which is what Docker sends.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=5)"]
# One container with all in it; docker-compose.yml runs the parts apart.
CMD ["python", "manage.py", "up"]

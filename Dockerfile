# syntax=docker/dockerfile:1
FROM python:3.13.7-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.13.7-slim-trixie
RUN useradd --system --uid 10001 --user-group --no-create-home ipviz \
    && install -d -o ipviz -g ipviz /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY ipviz ipviz
COPY templates templates
COPY static static
COPY demo demo
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    IPVIZ_DATA_DIR=/data
USER 10001
VOLUME /data
EXPOSE 8000
# One container with all in it; docker-compose.yml runs the parts apart.
CMD ["python", "manage.py", "up"]

# Builds the page, then a wheel with a compiled engine; the image that runs has neither Node nor a
# compiler.
#
#   docker build --tag ot-collab .
#   docker run --publish 127.0.0.1:8000:8000 --volume ot-collab:/data ot-collab

FROM node:22.17.0-bookworm-slim AS page
WORKDIR /source
COPY .npmrc package.json package-lock.json ./
COPY clients/js/package.json clients/js/
COPY clients/web/package.json clients/web/
RUN npm ci --no-audit --no-fund
COPY clients clients
RUN npm exec --workspace=clients/web -- vite build

FROM python:3.11.13-bookworm AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN pip install --quiet 'hatchling>=1.27'
COPY . .
COPY --from=page /source/ot_server/web ot_server/web
# The sdist includes the built page; the wheel is made from the sdist, outside of the sources.
RUN HATCH_BUILD_NO_HOOKS=true hatchling build -t sdist -d /dist \
    && HATCH_BUILD_HOOK_ENABLE_MYPYC=true pip wheel --quiet --no-deps --wheel-dir /dist /dist/*.tar.gz
RUN python -m venv /opt/ot-collab \
    && /opt/ot-collab/bin/pip install --quiet "$(echo /dist/*.whl)[postgres,redis,uvloop,ai]" \
    && /opt/ot-collab/bin/pip uninstall --quiet --yes pip setuptools

FROM python:3.11.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --home-dir /data ot \
    && install --directory --owner=ot --mode=0700 /data
COPY --from=wheel /opt/ot-collab /opt/ot-collab
ENV PATH=/opt/ot-collab/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    OT_HOST=0.0.0.0 OT_PORT=8000 OT_DATA=/data
USER ot
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["ot-server"]
CMD ["serve"]

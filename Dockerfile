# The image of Deadreckon: the command `reckon` with its locked packages, for an unprivileged user with a read-only root.
#
#   docker build -t REGISTRY/deadreckon:VERSION .
#
# BASE is any image with Python 3.11 or newer, pip and a shell. The one named here is python:3.11-slim (3.11.16, all platforms) by the
# digest under which Docker's official images record it (github.com/docker-library/repo-info, repos/python/remote/3.11-slim.md, at
# 40cdaf34215d of September 2026): the tag says which it was, the digest is what is pulled. To take a newer one, take both from there
# or from `docker buildx imagetools inspect python:3.11-slim`.
#
# Where no package index can be reached, put wheels for the two lock
# files into the folder wheels/ first (pip download -d wheels -r requirements.lock -r requirements-build.lock): then none is asked.
ARG BASE=python:3.11-slim@sha256:da047cb8f9d1d98e5c070f5300ba9f7274e33b8fc0e5be5ed88740aed1b95ba9

FROM ${BASE} AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock wheel[s] /wheels/
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv --without-pip /opt/deadreckon && python3 -m venv --without-pip /tools
RUN if ls /wheels/*.whl >/dev/null 2>&1; then index="--no-index --find-links /wheels"; else index=""; fi \
    && python3 -m pip --python /opt/deadreckon/bin/python install --require-hashes $index -r /wheels/requirements.lock \
    && python3 -m pip --python /tools/bin/python install --require-hashes $index -r /wheels/requirements-build.lock
COPY pyproject.toml README.md LICENSE /src/
COPY domain /src/domain
COPY reconciler /src/reconciler
COPY projections /src/projections
COPY adapters /src/adapters
RUN /tools/bin/python -m hatchling build -t wheel -d /src/dist \
    && python3 -m pip --python /opt/deadreckon/bin/python install --no-deps --no-index /src/dist/*.whl

FROM ${BASE}
COPY --from=build /opt/deadreckon /opt/deadreckon
ENV PATH=/opt/deadreckon/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# By its number, so that a cluster can see that it is not root.
USER 65532:65532
WORKDIR /tmp
EXPOSE 9090 8443
ENTRYPOINT ["reckon"]
CMD ["--help"]

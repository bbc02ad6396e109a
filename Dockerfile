# Latent Studio in a container; docs/hosting.md says how to run it.
#
#   docker build -t latent-studio .
#
# PyTorch's ordinary wheels bring CUDA along, 4 GB of it. For the processor alone, name the index of
# its CPU wheels, which PyTorch's page of installation shows:
#
#   docker build -t latent-studio --build-arg TORCH_INDEX=... .
#
# BASE may be any image of Debian or Ubuntu with Python 3.11 or newer, or with a package of it, such
# as nvidia/cuda:13.0.1-base-ubuntu24.04.
ARG BASE=python:3.11-slim-bookworm
# hadolint ignore=DL3006
FROM ${BASE}

# Whoever is not root here: Spaces use the same number. A file in a volume belongs to it.
ARG STUDIO_UID=1000
# hadolint ignore=DL3008
RUN if ! python3 -c "import ensurepip, venv"; then \
        apt-get update \
        && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
            ca-certificates python3 python3-venv \
        && rm -rf /var/lib/apt/lists/*; \
    fi \
    && python3 -m venv /venv \
    && groupadd --non-unique --gid "${STUDIO_UID}" studio \
    && useradd --non-unique --uid "${STUDIO_UID}" --gid "${STUDIO_UID}" --no-create-home \
        --home-dir /tmp --shell /usr/sbin/nologin studio \
    && install --directory --owner="${STUDIO_UID}" --group="${STUDIO_UID}" /workspace
ENV PATH=/venv/bin:$PATH \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

# What changes seldom comes first. torch alone: its index has nothing but what torch needs.
WORKDIR /app
COPY pyproject.toml ./
COPY hosting/requirements.py hosting/
ARG TORCH_INDEX=
RUN python hosting/requirements.py torch torchvision > /tmp/torch.txt \
    && python hosting/requirements.py > /tmp/all.txt \
    && pip install ${TORCH_INDEX:+--index-url "${TORCH_INDEX}"} -r /tmp/torch.txt \
    && pip install -r /tmp/all.txt \
    && rm /tmp/torch.txt /tmp/all.txt

COPY pretrained pretrained
COPY LICENSE README.md ./
COPY models models
COPY studio studio
COPY hosting hosting
# The sources belong to root, so what Python keeps of them is made now.
RUN python -m compileall -q models studio hosting

# HOME is where libraries keep what they may lose.
ENV HOME=/tmp \
    PORT=7860 \
    PYTHONUNBUFFERED=1 \
    STUDIO_WORKSPACE=/workspace
USER ${STUDIO_UID}
VOLUME /workspace
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "hosting.healthy"]
ENTRYPOINT ["python", "-m", "hosting.container"]

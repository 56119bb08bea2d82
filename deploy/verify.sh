#!/usr/bin/env bash
# Builds everything and runs every test. Needs: JDK 25, Maven, Python 3 with pip (for the Envoy binary that the end-to-end tests drive).
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/jdk.sh
exec mvn -B --no-transfer-progress verify "$@"

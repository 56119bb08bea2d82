#!/usr/bin/env bash
# Makes epp-server/target/pickwick.aot, the AOT cache by which Pickwick starts sooner: it starts Pickwick, sends it some thousand requests and stops it.
# Use it with the same JDK and the same jar: java -XX:AOTCache=epp-server/target/pickwick.aot -jar epp-server/target/pickwick.jar ...
# Needs: JDK 25, Maven. Linux only. Options: --help.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/jdk.sh

if [ ! -f epp-server/target/pickwick.jar ] || [ ! -f bench/target/pickwick-bench.jar ]; then
  echo "Building Pickwick and its tools ..."
  mvn -q -B --no-transfer-progress package -DskipTests
fi
exec java -jar bench/target/pickwick-bench.jar train "$@"

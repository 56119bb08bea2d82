#!/usr/bin/env bash
# Builds everything and runs every test; with -Pkube also those against a real Kubernetes API, whose binaries deploy/kube.sh builds.
# Says at the end what was skipped, and why. Needs: JDK 25, Maven, Python 3 with pip (for the Envoy binary that the end-to-end tests drive).
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/jdk.sh
started=$(mktemp); trap 'rm -f "$started"' EXIT
result=0
mvn -B --no-transfer-progress verify "$@" || result=$?
find . -path '*/surefire-reports/TEST-*.xml' -newer "$started" -exec sed -n 's/.*<skipped message="\([^"]*\)".*/\1/p' {} + \
  | sed -e 's/&quot;/"/g' -e "s/&apos;/'/g" -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&amp;/\&/g' | sort | uniq -c | sed 's/^ *\([0-9]*\) /SKIPPED tests (\1): /'
exit $result

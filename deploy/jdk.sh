# Sourced: points JAVA_HOME and PATH at a JDK 25, or says where to get one.
find_jdk25() {
  local home
  for home in "${JAVA_HOME:-}" "${JAVA_HOME_25_X64:-}" "${JDK_25:-}" /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
      /opt/java/* /opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -x "$home/bin/javac" ] && [ -f "$home/release" ] && grep -q '^JAVA_VERSION="25[."]' "$home/release"; then
      printf '%s\n' "$home"
      return 0
    fi
  done
  if command -v javac >/dev/null && javac -version 2>&1 | grep -q '^javac 25'; then
    dirname "$(dirname "$(readlink -f "$(command -v javac)")")"
    return 0
  fi
  return 1
}
if ! JAVA_HOME=$(find_jdk25); then
  echo "Pickwick needs a JDK 25 and found none. Install one (for example Temurin 25, https://adoptium.net) and set JAVA_HOME to it." >&2
  exit 1
fi
export JAVA_HOME PATH="$JAVA_HOME/bin:$PATH"
if ! command -v mvn >/dev/null; then
  echo "Pickwick needs Maven 3.8.7 or newer and found no 'mvn' on the PATH." >&2
  exit 1
fi

# Sourced by the tests. A test ends at the first command that fails, and says which one it was.
set -eu
trap 'echo "line $LINENO: $BASH_COMMAND"' ERR
set -E

# expect GOT WANTED
expect() {
  [ "$1" = "$2" ] || { echo "expected \"$2\", got \"$1\""; return 1; }
}

# refused COMMAND...: it must fail
refused() {
  if "$@"; then echo "should have failed: $*"; return 1; fi
}

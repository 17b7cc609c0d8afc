#!/usr/bin/env bash
# The options of the command line are named in Sources/Commands only: libraries say what is wrong, the words
# beside the options say which of them helps. Prints every line of code elsewhere that names a long option.
set -euo pipefail
cd "$(dirname "$0")/.."

# Lines of code with `--name`, comments aside; text of several lines has no quotes on its lines.
if find Sources -name '*.swift' -not -path 'Sources/Commands/*' -exec awk '
  { code = $0; sub(/(^|[[:space:]])\/\/.*/, "", code) }
  code ~ /(^|[^A-Za-z0-9-])--[a-z]/ { print "options: " FILENAME ":" FNR ":" $0 }' {} + | grep . >&2
then exit 1; fi
echo "options: named in Sources/Commands only"

#!/usr/bin/env bash
# Imports point downward only. A target imports targets of earlier rows of the table in ARCHITECTURE.md, and
# exactly those that Package.swift gives it. Prints every import that breaks the rule.
set -euo pipefail
cd "$(dirname "$0")/.."

faults=0
complain() { echo "layers: $1" >&2; faults=$((faults + 1)); }

# Targets in the order of the table's rows: `| level | `A` `B` | … |`.
mapfile -t order < <(sed -nE 's/^\| [0-6] \| ((`[A-Za-z0-9-]+` ?)+)\|.*/\1/p' ARCHITECTURE.md | tr -d '`' \
  | tr ' ' '\n' | grep .)
declare -A place declared
for k in "${!order[@]}"; do place[${order[$k]}]=$k; done

# What Package.swift says, as lines `target dependency`.
while read -r target dependency; do declared[$target/$dependency]=unused; done < <(
  swift package describe --type json 2>/dev/null | awk -F '"' '
    /^      "name" : / { target = $4 }
    /^      "target_dependencies" : \[/ { inside = 1; next }
    inside && /\]/ { inside = 0 }
    inside { print target, $2 }')
[ "${#declared[@]}" -gt 0 ] || { complain "Package.swift names no dependencies"; exit 1; }

for folder in Sources/*/; do
  target=$(basename "$folder")
  [ -n "$(find "$folder" -name '*.swift' -print -quit)" ] || continue
  [ -n "${place[$target]:-}" ] || { complain "ARCHITECTURE.md has no row for $target"; continue; }
  while read -r file import; do
    [ -d "Sources/$import" ] || continue
    if [ -z "${place[$import]:-}" ]; then
      complain "ARCHITECTURE.md has no row for $import"
    elif [ "${place[$import]}" -ge "${place[$target]}" ]; then
      complain "$file imports $import, which does not stand above $target in ARCHITECTURE.md"
    fi
    [ -n "${declared[$target/$import]:-}" ] \
      || complain "$file imports $import, which Package.swift does not give to $target"
    declared[$target/$import]=used
  done < <(grep -rE '^ *(@[a-zA-Z]+ )?import ' "$folder" --include='*.swift' \
    | sed -E 's/^([^:]*): *(@[a-zA-Z]+ )?import ([A-Za-z0-9_]+).*/\1 \3/')
  for pair in "${!declared[@]}"; do
    [ "${pair%%/*}" != "$target" ] || [ "${declared[$pair]}" = used ] \
      || complain "$target does not import ${pair#*/}, which Package.swift gives it"
  done
done
[ "$faults" != 0 ] || echo "layers: the imports of ${#order[@]} targets point downward"
exit $((faults > 0))

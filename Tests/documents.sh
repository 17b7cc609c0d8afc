#!/usr/bin/env bash
# Checks the documents: links lead somewhere, lines end at 120 columns (tables and code aside), and quoted code
# is the code: a block whose first line is `// PATH` holds lines of that file in their order, `…` for a gap.
# Usage: Tests/documents.sh [FILE.md]...        default: all documents
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
[ $# -gt 0 ] || set -- *.md docs/*.md
problems=0
problem() { echo "$1" >&2; problems=$((problems + 1)); }

# anchors FILE: the names that links give to its headings.
anchors() { sed -nE 's/^#+ +//p' "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^[:alnum:] _-]//g; s/ /-/g'; }

# quotes FILE: `LINE: what` for each block that is not in the file it names.
quotes() {
  awk '
    function missing(from,  i, j, k) {      # no place for the chunk at or after line `from` of the file
      for (i = from; i + chunk - 1 <= size; ++i) {
        for (j = 1; j <= chunk && source[i + j - 1] == part[j]; ++j);
        if (j > chunk) { position = i + chunk; return 0 }
      }
      return 1
    }
    function close_chunk() {
      if (chunk && !bad && missing(position)) { bad = 1; print start ": not in " path ": " part[1] }
      chunk = 0
    }
    /^```/ {
      if (inside) { close_chunk(); inside = path = "" } else { inside = 1; fresh = 1 }
      next
    }
    inside && fresh {
      fresh = 0
      if ($0 !~ /^\/\/ [A-Za-z.\/+-]+\/[A-Za-z.+-]+$/) next
      path = substr($0, 4); start = FNR; size = bad = 0; position = 1; chunk = 0
      while ((status = (getline line < path)) > 0) source[++size] = line
      close(path)
      if (status < 0) { print start ": no file " path; bad = 1 }
      next
    }
    inside && path != "" { if ($0 == "…") close_chunk(); else part[++chunk] = $0 }
  ' "$1"
}

for file; do
  while IFS= read -r link; do
    target=${link%%#*} anchor=''
    [[ $link != *'#'* ]] || anchor=${link#*#}
    path=$file
    [ -z "$target" ] || path=$(dirname "$file")/$target
    if [ ! -e "$path" ]; then
      problem "$file: no $target"
    elif [ -n "$anchor" ] && ! anchors "$path" | grep -qxF -- "$anchor"; then
      problem "$file: no heading #$anchor in $path"
    fi
  done < <(grep -oE '\]\([^)]+\)' "$file" | sed -E 's/^\]\((.*)\)$/\1/' | grep -vE '^[a-z]+:' || true)
  while IFS= read -r line; do problem "$file:${line%%:*}: longer than 120 columns"; done < <(
    awk '/^```/ { code = !code } { print code || /^\|/ ? "" : $0 }' "$file" | grep -nE '^.{121,}' || true)
  while IFS= read -r line; do problem "$file:$line"; done < <(quotes "$file")
done
[ "$problems" = 0 ]

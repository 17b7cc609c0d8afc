#!/usr/bin/env bash
# The program as a user meets it: every case runs the binary and checks exit code and words.
#   Tests/CommandLine/run.sh [BINARY] [CASE-FILE…]        default: .build/release/musiq-dist, all cases
# Prints one line per case and exits with 1 if any failed.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
musiq=$(realpath "${1:-$here/../../.build/release/musiq-dist}")
fixtures=$here/../Fixtures/images
shift $(($# > 0))
[ $# -gt 0 ] || set -- "$here"/cases/*.sh
mapfile -t files < <(realpath "$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# Root in a container, more ranks than cores, no launcher of an outer job.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset MUSIQ_SET ${!SLURM_@}
mpirun=(mpirun --oversubscribe --mca mpi_yield_when_idle 1)

failures=0 problems='' name='' seconds=0 code=0 skipped=''

# Begins a case, and ends the one before it.
case_() {
  if [ -n "$skipped" ] && [ -z "$problems" ]; then
    echo "skip  $name: $skipped"
  elif [ -n "$name" ] && [ -z "$problems" ]; then
    echo "ok    $name"
  elif [ -n "$name" ]; then
    echo "FAIL  $name"
    printf '%s' "$problems" | sed 's/^/      /'
    sed 's/^/      | /' err | tail -15
    failures=$((failures + 1))
  fi
  name=${1:-} problems='' skipped=''
}

# skip REASON: this machine cannot run the case; said in its line.
skip() { skipped=$1; }

problem() { problems+="$1"$'\n'; }

# run CODE COMMAND…: stdout in `out`, stderr in `err`, its duration in `seconds`.
run() {
  local expected=$1 start=$EPOCHREALTIME
  shift
  timeout 60 "$@" >out 2>err </dev/null
  code=$?
  seconds=$(awk "BEGIN { print $EPOCHREALTIME - $start }")
  [ "$code" = "$expected" ] || problem "exit code $code instead of $expected: $*"
}

# on RANKS CODE ARGUMENTS…: the program on so many ranks.
on() {
  local ranks=$1 expected=$2
  shift 2
  run "$expected" "${mpirun[@]}" -n "$ranks" "$musiq" "$@"
}

says() { grep -qE -- "$1" err || problem "stderr lacks: $1"; }
says_once() { [ "$(grep -cE -- "$1" err)" = 1 ] || problem "stderr has not exactly once: $1"; }
prints() { grep -qE -- "$1" out || problem "stdout lacks: $1"; }
prints_nothing() { [ ! -s out ] || problem "stdout: $(head -1 out)"; }
within() { awk "BEGIN { exit !($seconds <= $1) }" || problem "took $seconds s instead of $1 s"; }
same() { [ "$1" = "$2" ] || problem "$3: $1 is not $2"; }
no_crash() { ! grep -qE 'Fatal error|Illegal instruction|Segmentation' err || problem 'crashed'; }

# Every subcommand, one a line: `data`, `data synth`, …; the arguments are the words so far.
every_command() {
  local name
  "$musiq" "$@" --help | sed -n '/^SUBCOMMANDS:/,/^ *See/s/^  \([a-z][a-z-]*\)\( .*\)\{0,1\}$/\1/p' \
    | while read -r name; do
      echo "$*${*:+ }$name"
      every_command "$@" "$name"
    done
}

# The last line on stderr that is ours and not mpirun's.
last_words() { grep -E '^musiq-dist: ' err | tail -1; }

# digest RUN: the digest of the whole state in the newest checkpoint of a run.
digest() { "$musiq" checkpoint digest "$(ls "$1"/checkpoints/*.h5 | tail -1)" | sed 's/.*state \([0-9a-f]*\).*/\1/'; }

"$musiq" data synth --kind classification --count 80 --seed 3 --output data >/dev/null || exit 1
cat >tiny.yaml <<'YAML'
model: {hiddenSize: 32, layerCount: 2, headCount: 2, mlpSize: 64, stemChannels: 8, blockChannels: 16,
        groupCount: 4,
        multiscale: {patchSize: 16, hashGrid: 4, longerSideLengths: [48], nativePatchCap: 40}}
data: {train: data/train, validation: data/val}
parallel: {globalBatchSize: 24, gradientShards: 8, microBatchTokens: 256, workers: 1}
schedule: {steps: 6, warmupSteps: 2}
checkpoint: {everySteps: 0, everyMinutes: 0}
run: {seed: 5, logEverySeconds: 0.01}
YAML
tiny=(pretrain --config tiny.yaml)

for file in "${files[@]}"; do
  # A folder of its own for each file: runs of the same name would resume each other.
  mkdir "$work/$(basename "$file" .sh)"
  cd "$work/$(basename "$file" .sh)" || exit 1
  cp -r ../data ../tiny.yaml .
  # shellcheck source=/dev/null
  source "$file"
  case_
  cd "$work" || exit 1
done
[ "$failures" = 0 ] || echo "$failures cases failed"
[ "$failures" = 0 ]

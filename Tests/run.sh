#!/usr/bin/env bash
# Runs what `swift build --build-tests` made: unit tests in two processes, rank tests under mpirun on 1 to
# 4 ranks, command line tests. Ends with `N passed, N failed`; fails if anything does.
# Usage: Tests/run.sh [units|ranks|command-line]...     default: all     RANK_COUNTS="1 2 3 4"
set -euo pipefail
cd "$(dirname "$0")/.."

bundle=.build/release/musiq-distPackageTests.xctest
testing=(--testing-library swift-testing)
rank_counts=${RANK_COUNTS:-1 2 3 4}
logs=.build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0
failed=0

# The outer timeout is the watchdog: a rank that waits in a collective cannot be cancelled. One thread
# per call in the math library, as the program asks for itself.
export OMP_NUM_THREADS=1
# Containers test as root, which Open MPI refuses unless told twice.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# outcomes FILE: `passed NAME`, `failed NAME` or `skipped NAME` for each test in the XML of the runner.
outcomes() {
  awk '
    function attribute(key) {
      if (!match($0, " " key "=\"[^\"]*\"")) return ""
      return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4)
    }
    function finish() { if (name != "") print outcome, name; name = "" }
    /<testcase / { finish(); name = attribute("classname") "." attribute("name"); outcome = "passed" }
    /<failure / { outcome = "failed" }
    /<skipped / { outcome = "skipped" }
    /<\/testsuite>/ { finish() }
  ' "$1"
}

# count NAME CODE STEM...: adds up one run from STEM.xml and STEM.log of each process. A test passed if no
# process saw it fail. A run that ended badly without a failed test counts as one failure, and so does one
# that did not finish its XML (it crashed, or a test called exit) or ran no test.
count() {
  local name=$1 code=$2 bad good stem unfinished=''
  shift 2
  for stem in "$@"; do
    [ -e "$stem.xml" ] && grep -q '</testsuites>' "$stem.xml" || unfinished+=" $(basename "$stem")"
    [ ! -e "$stem.xml" ] || outcomes "$stem.xml" >"$stem.outcomes"
    touch "$stem.outcomes"
  done
  for stem in "$@"; do sed -n 's/^failed //p' "$stem.outcomes"; done | sort -u >"$logs/bad"
  good=$(sed -n 's/^passed //p' "$1.outcomes" | grep -cvxF -f "$logs/bad" || true)
  bad=$(wc -l <"$logs/bad")
  if [ "$bad" = 0 ] && { [ "$code" != 0 ] || [ "$good" = 0 ] || [ -n "$unfinished" ]; }; then bad=1; fi
  if [ "$bad" != 0 ]; then
    sed "s/^/$name: failed: /" "$logs/bad"
    for stem in "$@"; do
      echo "--- $name: $(basename "$stem.log")"
      LC_ALL=C.UTF-8 grep -aE ' recorded an issue |^[^◇✔]*(Fatal|rror:)' "$stem.log" | head -n 40 \
        || tail -n 20 "$stem.log"
    done
    if [ -n "$unfinished" ]; then
      echo "$name: did not finish:$unfinished"
    elif [ "$good" = 0 ] && [ ! -s "$logs/bad" ]; then
      echo "$name: no test ran"
    fi
    [ "$code" != 124 ] || echo "$name: took too long and was stopped"
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  echo "$name: $good passed, $bad failed ($((SECONDS - began)) s)"
}

# Tests that call MPI or HDF5, one at a time in a process of their own: both libraries belong to one thread.
with_mpi='^(MPI|HDF5|Checkpoints|DataParallel|ModelExchange|Inference|Explanation|Training)Tests[.]'

units() {
  local code=0
  began=$SECONDS
  echo "units: without MPI"
  timeout 600 "$bundle" "${testing[@]}" --xunit-output "$logs/units.xml" --skip RankTests --skip "$with_mpi" \
    >"$logs/units.log" 2>&1 || code=$?
  count units "$code" "$logs/units"
  # Largest deviations from the golden data, by group.
  sed -n 's/^golden: \(.*\), [^,]*: \(.*\)$/\2\t\1/p' "$logs/units.log" \
    | sort -k1,1gr | sort -su -t $'\t' -k2,2 \
    | awk -F '\t' '{ printf "  golden data, largest deviation of %s: %.1e\n", $2, $1 }'
  code=0
  began=$SECONDS
  echo "units: with MPI"
  MUSIQ_TEST_SERIAL=1 timeout 600 "$bundle" "${testing[@]}" --xunit-output "$logs/units-mpi.xml" \
    --filter "$with_mpi" --no-parallel >"$logs/units-mpi.log" 2>&1 || code=$?
  count "units with MPI" "$code" "$logs/units-mpi"
}

ranks() {
  local n rank code stems
  for n in $rank_counts; do
    code=0 stems=()
    began=$SECONDS
    echo "ranks: $n"
    mkdir "$logs/ranks-$n"
    MUSIQ_TEST_RANKS=$n timeout --kill-after=10 600 \
      mpirun -n "$n" --oversubscribe --bind-to none --mca mpi_yield_when_idle 1 \
      bash -c 'stem=$0/rank-$OMPI_COMM_WORLD_RANK; exec "$@" --xunit-output "$stem.xml" >"$stem.log" 2>&1' \
      "$logs/ranks-$n" \
      "$bundle" "${testing[@]}" --filter RankTests --no-parallel || code=$?
    for ((rank = 0; rank < n; ++rank)); do
      stems+=("$logs/ranks-$n/rank-$rank")
      touch "${stems[-1]}.log"
    done
    count "$n ranks" "$code" "${stems[@]}"
  done
}

# One line per case: `ok …` or `FAIL …`. A runner that is missing or shows no case is a failure.
command_line() {
  local code=0 good bad log=$logs/command-line
  began=$SECONDS
  echo "command line:"
  timeout --kill-after=10 900 Tests/CommandLine/run.sh 2>&1 | tee "$log" || code=$?
  good=$(grep -c '^ok ' "$log" || true)
  bad=$(grep -c '^FAIL ' "$log" || true)
  if { [ "$code" != 0 ] || [ "$good" = 0 ]; } && [ "$bad" = 0 ]; then bad=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
  echo "command line: $good passed, $bad failed ($((SECONDS - began)) s)"
}

[ -x "$bundle" ] || { echo "Tests/run.sh: no $bundle; run make test" >&2; exit 1; }
if [ $# = 0 ]; then set -- units ranks command-line; fi
for part in "$@"; do "${part/-/_}"; done

[ "$failed" = 0 ] || echo "all output: $logs"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

#!/usr/bin/env bash
# Runs musiq-dist on N ranks of this machine, the cores divided evenly among them.
# Usage: launch/local.sh N SUBCOMMAND...      for example
#   launch/local.sh 4 pretrain --config configs/demo.yaml --set data.train=DIR --run runs/demo
# The binary is that of `make build`, or, where this script is installed, the one installed with it;
# MUSIQ_DIST names another.
#
# Ctrl-C, SIGTERM and SIGUSR1 stop a training run at its next step with a checkpoint (exit code 75); a
# second one ends it at once. mpirun itself would leave a run about one second after the first two, so it
# gets a session of its own and only SIGUSR1. Other subcommands end at once. mpirun's own text about codes
# that are not 0 is left out, because musiq-dist has said what there is to say; VERBOSE=1 keeps it.
set -euo pipefail

if [ $# -lt 2 ] || [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,6s/^# //p' "$0" >&2
  exit 2
fi
ranks=$1
shift
here=$(dirname "$0")
program=${MUSIQ_DIST:-$here/../.build/release/musiq-dist}
[ -n "${MUSIQ_DIST:-}" ] || [ -x "$program" ] || program=$here/../../../bin/musiq-dist
[ -x "$program" ] || { echo "launch/local.sh: no program $program; run make build or set MUSIQ_DIST" >&2; exit 6; }

# Cores this shell may use: physical ones, fewer if a container or taskset allows fewer processors.
cores=$(lscpu --parse=CORE,SOCKET | grep -v '^#' | sort -u | wc -l)
allowed=$(nproc)
if [ "$allowed" -lt "$cores" ]; then cores=$allowed; fi

if [ "$ranks" -le "$cores" ]; then
  placement=(--map-by "slot:pe=$((cores / ranks))" --bind-to core)
else
  placement=(--oversubscribe --bind-to none --mca mpi_yield_when_idle 1)
fi
# One thread per call in the math library: worker threads are ours.
export OMP_NUM_THREADS=1

case $1 in pretrain | finetune) saves=yes ;; *) saves=no ;; esac
signals=0
stop() {
  signals=$((signals + 1))
  if [ "$saves" = yes ] && [ "$signals" = 1 ]; then set -- USR1; fi
  kill -"$1" "$job" 2>/dev/null || true
}
# Standard input is named, because a command in the background would not get it.
quiet=(-q)
[ -z "${VERBOSE:-}" ] || quiet=()
setsid mpirun "${quiet[@]}" -n "$ranks" "${placement[@]}" "$program" "$@" <&0 &
job=$!
trap 'stop INT' INT
trap 'stop TERM' TERM
trap 'kill -USR1 "$job" 2>/dev/null || true' USR1
# A trap ends `wait` early; the last one has the status of mpirun.
while :; do
  code=0
  wait "$job" || code=$?
  kill -0 "$job" 2>/dev/null || break
done
case $code in
  0 | [2-9] | 10 | 75 | 130 | 143) ;;  # told by the program, or asked for
  137) echo "launch/local.sh: a rank was killed by signal 9: by hand, or for want of memory" >&2 ;;
  *) echo "launch/local.sh: mpirun ended with code $code; VERBOSE=1 shows what it says" >&2 ;;
esac
exit "$code"

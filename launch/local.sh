#!/usr/bin/env bash
# Runs musiq-dist on N ranks of this machine, the cores divided evenly among them.
# Usage: launch/local.sh N SUBCOMMAND...      for example
#   launch/local.sh 4 pretrain --config configs/demo.yaml --set data.train=DIR --run runs/demo
# The binary is that of `make build`, or, where this script is installed, the one installed with it;
# MUSIQ_DIST names another. SIGUSR1 to this process stops the run cleanly, with a checkpoint: it becomes
# mpirun, which forwards the signal.
set -euo pipefail

if [ $# -lt 2 ] || [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,7s/^# //p' "$0" >&2
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
exec mpirun -n "$ranks" "${placement[@]}" "$program" "$@"

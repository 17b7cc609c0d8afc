#!/usr/bin/env bash
# Trains configs/smoke.yaml on 32 ranks and on 1, and compares the parameters and the whole state.
# Usage: Tests/smoke.sh [DIR]     RANKS=32
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-runs/smoke}
ranks=${RANKS:-32}
program=.build/release/musiq-dist
# More ranks than cores: no binding, and a waiting rank gives way.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
launch=(timeout 300 mpirun --oversubscribe --bind-to none --mca mpi_yield_when_idle 1)

rm -rf "$folder"
mkdir -p "$folder"
"${launch[@]}" -n 2 "$program" data synth --kind classification --count 320 --output "$folder/data"

for n in "$ranks" 1; do
  echo "smoke: $n ranks"
  start=$SECONDS
  "${launch[@]}" -n "$n" "$program" pretrain --config configs/smoke.yaml \
    --set data.train="$folder/data/train" --run "$folder/ranks-$n" >/dev/null
  echo "smoke: $n ranks took $((SECONDS - start)) s"
done

digest() {
  "$program" checkpoint digest "$folder/ranks-$1/checkpoints/step-000000004.h5" \
    | awk '{ print "parameters " $2 "\nstate      " $4 }'
}
many=$(digest "$ranks")
one=$(digest 1)
if [ "$many" != "$one" ]; then
  printf 'smoke: %s ranks and 1 rank differ\n%s\n%s\n' "$ranks" "$many" "$one" >&2
  exit 1
fi
printf 'smoke: %s ranks and 1 rank have the same bits\n%s\n' "$ranks" "$one"

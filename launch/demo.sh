#!/usr/bin/env bash
# From nothing to a trained model: render images, train, stop in the middle, resume, evaluate.
# Usage: launch/demo.sh [RANKS] [DIR]
set -euo pipefail
cd "$(dirname "$0")/.."

ranks=${1:-2}
folder=${2:-runs/demo}
program=.build/release/musiq-dist
required=0.90
pretrain=(pretrain --config configs/demo.yaml --set "data.train=$folder/shapes/train"
  --set "data.validation=$folder/shapes/val" --run "$folder/run")

say() { printf '\n== %s\n' "$1"; }
launch() { timeout --foreground 900 launch/local.sh "$@"; }
seconds() { echo "   ($((SECONDS - began)) s)"; began=$SECONDS; }
fail() { echo "demo: $1" >&2; exit 1; }
began=$SECONDS

# An earlier demo would be resumed at its end: start over.
rm -rf "$folder"
mkdir -p "$folder"

say "1. Render 3200 images of 8 classes, every fifth for validation"
launch "$ranks" data synth --kind classification --count 3200 --output "$folder/shapes"
seconds

say "2. What the run will need"
launch "$ranks" plan --config configs/demo.yaml --set "data.train=$folder/shapes/train"

say "3. Train on $ranks ranks, and ask it to stop after 200 steps"
launch/local.sh "$ranks" "${pretrain[@]}" &
job=$!
trap 'kill "$job" 2>/dev/null || true' EXIT
deadline=$((SECONDS + 600))
until grep -q '"step":200,' "$folder/run/metrics.jsonl" 2>/dev/null; do
  [ "$SECONDS" -lt "$deadline" ] || fail "no step 200 within 10 minutes"
  kill -0 "$job" 2>/dev/null || fail "training ended before it was stopped; see its message above"
  sleep 0.2
done
echo "   kill -USR1 $job"
kill -USR1 "$job"
timeout 120 tail --pid="$job" -f /dev/null || fail "training did not stop within 2 minutes"
code=0
wait "$job" || code=$?
trap - EXIT
[ "$code" = 75 ] || fail "expected exit code 75 (stopped, safe to resume), found $code"
echo "   exit code 75: stopped on request, safe to resume"
seconds

say "4. The same command again: resume and finish"
launch "$ranks" "${pretrain[@]}"
seconds

say "5. Evaluate the last checkpoint on the held-out images"
checkpoint=$folder/run/checkpoints/last.h5
"$program" checkpoint verify "$checkpoint"
result=$(launch "$ranks" evaluate --checkpoint "$checkpoint" \
  --set "data.manifest=$folder/shapes/val" --output "$folder/scores.csv")
echo "$result"
seconds

accuracy=$(awk '$1 == "top-1" { print $2 }' <<<"$result")
say "Done in $SECONDS s: held-out top-1 accuracy $accuracy"
cat <<END
   images     $folder/shapes
   run          $folder/run: config.yaml, metrics.jsonl, checkpoints/
   checkpoint   $checkpoint
   per image  $folder/scores.csv
Next: musiq-dist --help, or README.md for your own images.
END
awk -v a="$accuracy" -v r="$required" 'BEGIN { exit !(a >= r) }' \
  || fail "accuracy $accuracy is below $required"

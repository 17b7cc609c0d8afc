#!/usr/bin/env bash
# The paper's ablations on synthetic quality data: one small model, trained from scratch with one
# configuration key changed at a time, several seeds and splits each. Prints a table in Markdown.
# Usage: launch/ablation.sh [RANKS] [DIR] [REPEATS] [VARIANT…]          default: 2 runs/ablation 3, all
# If stopped, the same command resumes; remove DIR to start over. IMAGES=10000 and EPOCHS=5 can be changed:
# five epochs show the differences, the configuration's twelve reach a higher accuracy.
set -euo pipefail
cd "$(dirname "$0")/.."

ranks=${1:-2}
folder=${2:-runs/ablation}
repeats=${3:-3}
shift $(($# < 3 ? $# : 3))
config=configs/finetune-quality.yaml

# Name, what changes, and the keys that change it.
declare -A title=(
  [full]='all of MUSIQ'
  [native]='native scale only'
  [fixed-scale]='one fixed scale only (160)'
  [no-position]='no spatial embedding'
  [square]='square resize'
  [no-scale]='no scale embedding'
)
declare -A keys=(
  [full]=''
  [native]='model.multiscale.longerSideLengths=[]'
  [fixed-scale]='model.multiscale.longerSideLengths=[160] model.multiscale.includesNative=false'
  [no-position]='model.spatialEmbedding=none'
  [square]='model.multiscale.resize=square'
  [no-scale]='model.scaleEmbedding=false'
)
order=(full native fixed-scale no-position square no-scale)
[ $# -gt 0 ] || set -- "${order[@]}"

images=$folder/images
launch/local.sh "$ranks" data synth --kind quality --count "${IMAGES:-10000}" --output "$images" >&2

for variant; do
  overrides=()
  for key in ${keys[$variant]?no variant "$variant"}; do overrides+=(--set "$key"); done
  run=$folder/$variant
  began=$SECONDS
  if [ ! -s "$run/repeats.csv" ]; then
    launch/local.sh "$ranks" finetune --config "$config" --set "data.manifest=$images/labels.csv" \
      --set "schedule.epochs=${EPOCHS:-5}" --set run.evaluateEveryEpochs=0 "${overrides[@]}" \
      --repeats "$repeats" --run "$run" >&2
    echo "$(((SECONDS - began) / repeats))" >"$run/seconds"
  fi
done

echo "| model | SRCC | PLCC | runs | s a run |"
echo "|---|---|---|---|---|"
for variant in "${order[@]}"; do
  table=$folder/$variant/repeats.csv
  [ -s "$table" ] || continue
  awk -F, -v title="${title[$variant]}" -v seconds="$(cat "$folder/$variant/seconds")" '
    NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
    $1 == "mean" { srcc = $column["srcc"]; plcc = $column["plcc"]; next }
    $1 == "std" { ds = $column["srcc"]; dp = $column["plcc"]; next }
    $1 != "median" { ++n }
    END { printf "| %s | %.4f ± %.4f | %.4f ± %.4f | %d | %d |\n", title, srcc, ds, plcc, dp, n, seconds }
  ' "$table"
done

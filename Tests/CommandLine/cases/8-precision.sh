# bfloat16: the same accuracy as float32, the same bits at any number of ranks.
# shellcheck disable=SC2154

accuracy() { grep -oE 'top-1 [0-9.]+' out err | tail -1 | grep -oE '[0-9.]+$'; }

case_ "a small model learns the same in bf16 as in fp32"
"$musiq" data synth --kind classification --classes 4 --count 480 --output shapes >/dev/null 2>&1
for precision in fp32 bf16; do
  run 0 "$musiq" pretrain --config "$here/../../configs/demo.yaml" --set data.train=shapes/train \
    --set data.validation=shapes/val --set parallel.workers=2 --set parallel.globalBatchSize=16 \
    --set schedule.epochs=6 --set parallel.precision=$precision --run "learn-$precision"
  no_crash
  declare "accuracy_$precision=$(accuracy)"
done
# shellcheck disable=SC2154
awk "BEGIN { exit !($accuracy_fp32 > 0.85 && $accuracy_bf16 > 0.85) }" ||
  problem "top-1 $accuracy_fp32 in fp32, $accuracy_bf16 in bf16, chance is 0.25"
awk "BEGIN { d = $accuracy_fp32 - $accuracy_bf16; exit !(d < 0.07 && d > -0.07) }" ||
  problem "top-1 $accuracy_fp32 in fp32, $accuracy_bf16 in bf16"
if grep -q 'no bfloat16 products' err; then
  same "$(digest learn-bf16)" "$(digest learn-fp32)" "training fell back to fp32"
elif [ "$(digest learn-bf16)" = "$(digest learn-fp32)" ]; then
  problem "bf16 has the bits of fp32"
fi

case_ "bf16 has the same bits at 1, 2, 3 and 4 ranks"
for ranks in 1 2 3 4; do
  on $ranks 0 "${tiny[@]}" --set parallel.precision=bf16 --run "half-$ranks"
  same "$(digest half-$ranks)" "$(digest half-1)" "digest at $ranks ranks"
done

case_ "a bf16 wire needs the all-reduce"
on 2 3 "${tiny[@]}" --set parallel.wire=bf16 --run wire
says 'parallel.wire.*parallel.reduction: allreduce'
on 2 0 "${tiny[@]}" --set parallel.wire=bf16 --set parallel.reduction=allreduce --run wire

# Every example of the help texts and of the documents, run word for word in a folder that has what they name.
#
# What is replaced, and nothing else: /data/ by data/ and DIR by shapes, --count by 60; mpirun starts two ranks
# at most and ignores hosts and binding; MUSIQ_SET makes models and runs small. All must end with 0, but for
# --fail-under, whose image here is below. What cannot run here is in the list `unrunnable` with its reason; an
# entry that no example matches any more is a failure.

repository=$(cd "$here/../.." && pwd)

# joined: lines that end in a backslash with the next one.
joined() { sed -e ':a' -e '/\\$/N; s/ *\\\n */ /; ta'; }

examples_of_help() {
  { echo; every_command; } | while read -r command; do
    # shellcheck disable=SC2086
    COLUMNS=400 "$musiq" $command --help </dev/null
  done | awk '/^Examples?:$/ { on = 1; next } /^$/ { on = 0 } on' | joined | sed 's/^ *//'
}

examples_of_documents() {
  cat "$repository"/README.md "$repository"/docs/*.md | awk '/^```/ { on = !on; next } on' | joined \
    | sed -E 's/^\$ //; s/  +#.*//' | grep -E '^(musiq-dist|mpirun|find|sbatch|launch|make|git|export) '
}

unrunnable=(
  '^git clone |^make |^export PATH=|the repository itself: Tests/run.sh and make demo'
  '^sbatch |a Slurm cluster: cases of 4-jobs.sh'
  '^musiq-dist bench kernels |half a minute and bfloat16: KernelCases in the unit tests'
)

prepare() {
  mkdir -p prepared/bin prepared/data && cd prepared || return 1
  ln -s "$repository/configs" configs
  ln -s "$musiq" bin/musiq-dist
  cat >bin/mpirun <<'MPIRUN'
#!/usr/bin/env bash
# Two ranks at most, on this machine.
ranks=1
while [[ $1 == -* ]]; do
  case $1 in
    -n) ranks=$(($2 < 2 ? $2 : 2)); shift 2 ;;
    *) shift 2 ;;
  esac
done
PATH=${PATH#*:} exec mpirun --oversubscribe --mca mpi_yield_when_idle 1 -n "$ranks" "$(command -v "$1")" "${@:2}"
MPIRUN
  sed -i "s|\"\$(command -v \"\$1\")\"|\"$musiq\"|" bin/mpirun
  chmod +x bin/mpirun
  "$musiq" data synth --kind classification --count 60 --longer-side 64:96 -o shapes
  "$musiq" data synth --kind quality --count 24 --longer-side 64:96 -o quality
  mkdir data/imagenet photos uploads more
  cp -r shapes/train data/imagenet/train
  local iqa=$repository/Tests/Fixtures/iqa image=quality/images/$(ls quality/images | head -1) name
  cp -r "$iqa/koniq" data/koniq10k
  cp -r "$iqa/spaq" data/SPAQ
  cp -r "$iqa/ava" data/AVA
  cp -r "$iqa/kadid" data/kadid
  cp "$iqa/pyiqa/meta_info_KonIQ10kDataset.csv" .
  chmod -R u+w data meta_info_KonIQ10kDataset.csv
  place() { for name; do mkdir -p "$(dirname "$name")" && cp "$image" "$name"; done; }
  place $(tail -n +2 data/koniq10k/koniq10k_distributions_sets.csv | cut -d, -f1 | sed 's|^|data/koniq10k/1024x768/|') \
    $(printf 'data/SPAQ/TestImage/%05d.jpg ' {1..12}) $(printf 'data/AVA/images/%d.jpg ' {953619..953630}) \
    $(tail -n +2 data/kadid/dmos.csv | cut -d, -f1 | sed 's|^|data/kadid/images/|')
  cp -r data/koniq10k data/AVA .
  "$musiq" data import koniq --root data/koniq10k -o koniq.csv
  "$musiq" data import spaq --root data/SPAQ -o spaq.csv
  "$musiq" data import ava --root data/AVA -o ava.csv
  "$musiq" data import kadid --root data/kadid -o kadid.csv
  # More groups, so that three parts have some each.
  for name in {02..20}; do sed -n "2,5s/I[0-9]*/G$name/gp" kadid.csv; done >more.csv
  cat more.csv >>kadid.csv && rm more.csv
  cp -r koniq10k/1024x768 .
  "$musiq" data index --images shapes/train -o train.index
  cp quality/images/* photos/
  cp quality/images/* .
  place photo.jpg uploads/a.jpg more/b.jpg
  sed 's|^images/||' quality/labels.csv >labels.csv
  cp labels.csv mine.csv
  # Five ratings, as votes have.
  awk -F, 'NR == 1 { print "path,rating"; next } { print $1 "," 1 + NR % 5 }' labels.csv >votes.csv
  echo '{"nativePatchCap": 4, "sizes": [[64, 64]]}' >workload.json
  for name in koniq_ckpt imagenet_pretrain pretrained; do
    cp "$repository/Tests/Fixtures/npz/tiny-stored.npz" $name.npz
  done
  MUSIQ_SET="$small_model;$small_run" "$musiq" pretrain --run classes --set data.train=shapes/train \
    --set data.validation=shapes/val
  MUSIQ_SET="$small_model;$small_run" "$musiq" finetune --run scores --set data.manifest=koniq.csv
  local classes scores
  classes=$(ls classes/checkpoints/step-*.h5 | tail -1) scores=$(ls scores/checkpoints/step-*.h5 | tail -1)
  mkdir -p runs/{demo,mine,koniq}/checkpoints
  cp "$classes" runs/demo/checkpoints/step-000000600.h5
  cp "$classes" runs/mine/checkpoints/step-000000640.h5
  cp "$scores" runs/koniq/checkpoints/step-000002220.h5
  for name in last full 384 224; do cp "$scores" $name.h5; done
  for name in a b; do cp "$classes" $name.h5; done
  "$musiq" checkpoint export b.h5 -o b.npz
  rm -r classes scores
  cd ..
}

small_run='parallel.globalBatchSize=4;parallel.gradientShards=4;parallel.workers=1;parallel.microBatchTokens=256;'
small_run+='schedule.steps=2;schedule.warmupSteps=1;schedule.warmupEpochs=0;data.indexDirectory='
small_model='model.hiddenSize=16;model.layerCount=2;model.headCount=4;model.mlpSize=32;model.stemChannels=8;'
small_model+='model.blockChannels=8;model.groupCount=4;model.multiscale.patchSize=16;model.multiscale.hashGrid=4;'
small_model+='model.multiscale.longerSideLengths=[32];model.multiscale.nativePatchCap=16'

case_ 'the folder of the examples'
(prepare) >prepare.log 2>&1 || problem "not prepared: $(tail -3 prepare.log)"
[ -s prepared/b.npz ] || problem "not prepared: $(tail -3 prepare.log)"
mapfile -t examples < <({ examples_of_help; examples_of_documents; } | awk '!seen[$0]++')
[ "${#examples[@]}" -gt 60 ] || problem "only ${#examples[@]} examples"

for example in "${examples[@]}"; do
  for entry in "${unrunnable[@]}"; do
    [[ $example =~ ${entry%|*} ]] && continue 2
  done
  case_ "example: $example"
  rm -rf example
  cp -r prepared example
  text=$(sed -E 's|/data\b|data|g; s/--count [0-9]{4}/--count 60/; s/\bDIR\b/shapes/g' <<<"$example")
  set_=''
  # The model of --init has its own size, and a plan has the shards of its ranks.
  [[ $example == *--init* ]] || set_=$small_model
  [[ $example =~ ' plan ' ]] || set_+=";$small_run"
  # Runs begin anew, and sets are made where there are none.
  ! [[ $example =~ (pretrain|finetune) ]] || rm -rf example/runs
  ! [[ $example =~ 'data synth' ]] || rm -rf example/{shapes,quality}
  expected=0
  [[ $example != *--fail-under* ]] || expected=4
  run $expected env -C example PATH="$work/9-examples/prepared/bin:$PATH" MUSIQ_SET="$set_" bash -o pipefail -c "$text"
done

case_ 'what is said not to run is there'
for entry in "${unrunnable[@]}"; do
  printf '%s\n' "${examples[@]}" | grep -qE -- "${entry%|*}" || problem "no example like $entry"
done

# Fine-tuning: one table of pictures and scores, models to begin with, repeats.

npz=$here/../Fixtures/npz
"$musiq" data synth --kind quality --count 40 --seed 3 --output quality >/dev/null || exit 1
cat >tune.yaml <<'YAML'
model: {hiddenSize: 32, layerCount: 2, headCount: 2, mlpSize: 64, stemChannels: 8, blockChannels: 16,
        groupCount: 4,
        multiscale: {patchSize: 16, hashGrid: 4, longerSideLengths: [48], nativePatchCap: 40}}
data: {manifest: quality/labels.csv}
parallel: {globalBatchSize: 12, gradientShards: 8, microBatchTokens: 256, workers: 1}
schedule: {steps: 6, warmupEpochs: 0}
run: {seed: 5, logEverySeconds: 0.01}
YAML
tune=(finetune --config tune.yaml)
manifest=(--set data.manifest=quality/labels.csv)
small=(--set model.multiscale.nativePatchCap=20 --set schedule.epochs=1)

case_ 'a table of two columns and a model are enough, in one command'
run 0 "$musiq" finetune --init "$npz/tiny-stored.npz" "${manifest[@]}" --run one "${small[@]}"
says 'train: 32 of 40 rows by ratio 8:2 with seed 0'
says 'training labels: 32 scores, .* median'
says 'tiny-stored.npz: matched 56, missing 0'
says 'head: kept'
says 'epoch 1 validation: SRCC'
prints 'validation  SRCC .* \(8 images, 0 unreadable\)'
grep -q 'quantiles: \[[0-9]' one/config.yaml || problem 'config.yaml has no quantiles'
! grep -q ' acc ' err || problem 'an accuracy of scores'

case_ 'the outputs follow the labels: attributes get a new head, said so'
awk -F, 'NR == 1 { print "path,mos,sharpness" } NR > 1 { print $1 "," $2 "," 100 - $2 / 2 }' \
  quality/labels.csv >quality/two.csv
run 0 "$musiq" finetune --init "$npz/tiny-stored.npz" --set data.manifest=quality/two.csv \
  --set 'data.targets=[mos, sharpness]' --run two "${small[@]}"
says 'mismatch head/kernel: expected \[8, 2\], found \[8, 1\]'
says 'head: drawn anew'
says '2 outputs \(attributes: mos, sharpness\), loss absoluteError'
run 3 "$musiq" finetune --init "$npz/tiny-stored.npz" --set data.manifest=quality/two.csv \
  --set 'data.targets=[mos, sharpness]' --run no --init-head keep
says 'init-head keep: .* has 1 outputs'

case_ 'a model of its own, the same on 1 and 3 ranks, then used for another run'
run 0 "$musiq" "${tune[@]}" --run tune-1
on 3 0 "${tune[@]}" --run tune-3
same "$(digest tune-3)" "$(digest tune-1)" 'digest on 3 ranks'
run 0 "$musiq" finetune --init tune-1/checkpoints/step-000000006.h5 "${manifest[@]}" --run again \
  --set schedule.epochs=1
run 0 "$musiq" checkpoint export tune-1/checkpoints/step-000000006.h5 -o tune.npz
run 3 "$musiq" "${tune[@]}" --run no --init "$npz/tiny-stored.npz"
says_once 'model.hiddenSize is 32, the file has 8'

case_ 'a stopped run goes on with the same bits'
run 0 "$musiq" "${tune[@]}" --run parts --set run.steps=2
on 2 0 "${tune[@]}" --run parts
same "$(digest parts)" "$(digest tune-1)" 'digest'
run 5 "$musiq" "${tune[@]}" --run parts --resume never

case_ 'a dry run shows the data and makes nothing'
on 2 0 "${tune[@]}" --dry-run --run dry
prints 'training labels: 32 scores'
prints '^parameters '
[ ! -e dry ] || problem 'a run directory was made'

case_ 'repeats: results of each, mean, std and median; finished ones are not run again'
on 2 0 "${tune[@]}" --run many --repeats 2 --set run.evaluateEveryEpochs=0
prints '^repeat 2 +SRCC'
prints '^mean +SRCC'
prints '^median +SRCC'
same "$(wc -l <many/repeats.csv)" 6 'lines of repeats.csv'
cp many/repeats.json first.json
rm -r many/repeat-01/checkpoints
run 0 "$musiq" "${tune[@]}" --run many --repeats 2 --set run.evaluateEveryEpochs=0
says_once 'repeat-01 of 2: finished before'
[ ! -e many/repeat-01/checkpoints ] || problem 'a finished repeat was run again'
cmp -s first.json many/repeats.json || problem 'other results'

case_ 'scores on another scale are exit 4 with the remedy, once by three ranks'
on 3 4 "${tune[@]}" --run scale --set 'data.scoreRange=[1, 5]'
says_once 'lie outside of data.scoreRange = \[1, 5\]; they look like \[0, 100\]'
[ ! -e scale/checkpoints ] || problem 'it began'

case_ 'contradictions and typing errors are exit 3 with the key, usage is exit 2'
run 3 "$musiq" "${tune[@]}" --run no --set objective.los=crossEntropy
says "unknown key 'objective.los'; did you mean 'objective.loss'"
run 3 "$musiq" "${tune[@]}" --run no --set objective.loss=crossEntropie
says "did you mean 'crossEntropy'"
run 3 "$musiq" "${tune[@]}" --run no --set objective.loss=earthMoversDistance
says 'objective.loss is earthMoversDistance, which is for ratings'
run 3 "$musiq" finetune --run no
says 'data.manifest: expected a table of pictures and scores, found nothing'
run 4 "$musiq" "${tune[@]}" --run no --set data.split.column=fold
says "labels.csv:1: no column 'fold' as data.split.column says; there are path, mos"
run 5 "$musiq" finetune --init nowhere.npz "${manifest[@]}" --run no
run 2 "$musiq" finetune "${manifest[@]}"
run 2 "$musiq" "${tune[@]}" --run no --repeats 2 --resume x.h5

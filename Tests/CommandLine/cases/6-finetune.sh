# Fine-tuning: one table of images and scores, initial models, repeats.

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
says 'head: reinitialized'
says '2 outputs \(attributes: mos, sharpness\), loss absoluteError'
says 'epoch 1 validation: SRCC .*  of mos  \(8 images'
line=$(sed -n 's/^validation  //p' out)
run 0 "$musiq" evaluate --checkpoint two/checkpoints/last.h5 --bootstrap 0
same "$(head -1 out)" "$line" 'evaluation of the attributes'
prints '^plcc.sharpness '
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

# as_trained RUN ARGUMENTS…: evaluate prints the last validation line of a run, given in `line`.
as_trained() {
  local folder=$1
  shift
  on 2 0 evaluate --checkpoint "$folder/checkpoints/step-000000006.h5" --bootstrap 0 "$@"
  same "$(head -1 out)" "$line" "evaluation of $folder"
}

case_ 'evaluate measures the rows that the run held out, and others when asked'
run 0 "$musiq" "${tune[@]}" --run held
line=$(sed -n 's/^validation  //p' out)
as_trained held --output held.csv
prints 'split validation, index'
prints '^validation: 8 of 40 rows by ratio 8:2 with seed 0'
! grep -q 'all rows' err || problem 'speaks of all rows'
as_trained held --split validation
newest=held/checkpoints/step-000000006.h5
run 0 "$musiq" evaluate --checkpoint $newest --split train --bootstrap 0 --output trained.csv
prints '\(32 images, 0 unreadable\)'
same "$(cut -d, -f1 held.csv trained.csv | sort | uniq -d)" path 'rows in both parts'
run 0 "$musiq" evaluate --checkpoint $newest --split all --bootstrap 0
prints '\(40 images, 0 unreadable\)'
says 'all rows of quality/labels.csv are used, also those of training'
on 2 4 evaluate --checkpoint $newest --split test
says_once 'no rows for test: data.split.ratio is 8:2'
# The same table elsewhere, and with the division written into it.
cp quality/labels.csv quality/moved.csv
as_trained held --set data.manifest=quality/moved.csv --split validation
run 0 "$musiq" evaluate --checkpoint $newest --set data.manifest=quality/moved.csv --bootstrap 0
prints '\(40 images'
says '--split validation leaves out those of training'
run 0 "$musiq" data split quality/labels.csv --ratio 8:2 --seed 0 -o quality/written.csv
as_trained held --set data.manifest=quality/written.csv --split validation

case_ 'evaluate follows a numbered column, its words, named targets and the image folder'
column=ratio802_seed123_split_02
awk -F, -v c=$column 'NR == 1 { print "path,opinion,mos," c }
  NR > 1 { print $1 "," $2 ",0," (NR % 4 ? "train" : "test") }' quality/labels.csv >numbered.csv
run 0 "$musiq" "${tune[@]}" --run numbered --set data.manifest=numbered.csv \
  --set data.imageRoot=quality --set 'data.targets=[opinion]' --set data.split.column=$column
line=$(sed -n 's/^validation  //p' out)
as_trained numbered
prints '\(10 images, 0 unreadable\)'
prints "^validation: rows with $column 'test'"
as_trained numbered --split test
run 0 "$musiq" evaluate --checkpoint numbered/checkpoints/step-000000006.h5 --bootstrap 0 --split train
prints '\(30 images, 0 unreadable\)'
# Another table is not the run's: its own folder and columns, all rows.
run 0 "$musiq" evaluate --checkpoint numbered/checkpoints/step-000000006.h5 --bootstrap 0 \
  --set data.manifest=quality/labels.csv
prints '\(40 images, 0 unreadable\)'

case_ 'an ensemble of two checkpoints is their average; another division is told'
run 0 "$musiq" evaluate --checkpoint $newest --checkpoint many/repeat-02/checkpoints/step-000000006.h5 \
  --bootstrap 0 --output both.csv
prints '^\[E\] average of the 2 models$'
prints '\(8 images, 0 unreadable\)'
says 'repeat-02/.*h5 was trained on another division of quality/labels.csv'
awk -F, 'NR > 1 { d = ($3 + $4) / 2 - $5; if (d < -1e-9 || d > 1e-9) bad = 1 }
  END { exit bad || NR != 9 }' both.csv || problem 'the score is not the average'
run 0 "$musiq" evaluate --checkpoint $newest --bootstrap 0 --output first.csv
same "$(cut -d, -f3 first.csv | tail -n +2)" "$(cut -d, -f3 both.csv | tail -n +2)" 'scores of the first'

case_ 'scores on another scale are exit 4 with the remedy, once by three ranks'
on 3 4 "${tune[@]}" --run scale --set 'data.scoreRange=[1, 5]'
says_once 'they look like 0-100 \(min .*\), but data.scoreRange is 1-5: .*set data.scoreRange=\[0, 100\] if'
[ ! -e scale/checkpoints ] || problem 'it began'

case_ 'contradictions and typing errors are exit 3 with the key, usage is exit 2'
run 3 "$musiq" "${tune[@]}" --run no --set objective.los=crossEntropy
says "unknown key 'objective.los'; did you mean 'objective.loss'"
run 3 "$musiq" "${tune[@]}" --run no --set objective.loss=crossEntropie
says "did you mean 'crossEntropy'"
run 3 "$musiq" "${tune[@]}" --run no --set objective.loss=earthMoversDistance
says 'objective.loss is earthMoversDistance, which is for ratings'
run 3 "$musiq" finetune --run no
says 'data.manifest: expected a table of images and scores, found nothing'
run 4 "$musiq" "${tune[@]}" --run no --set data.split.column=fold
says "labels.csv:1: no column 'fold' as data.split.column says; there are path, mos"
run 5 "$musiq" finetune --init nowhere.npz "${manifest[@]}" --run no
run 2 "$musiq" finetune "${manifest[@]}"
run 2 "$musiq" "${tune[@]}" --run no --repeats 2 --resume x.h5

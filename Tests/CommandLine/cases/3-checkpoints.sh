# Checkpoints that are foreign, damaged or cannot be written; resume.

case_ 'a run says what it did on stdout, and its progress line by line on stderr'
on 2 0 "${tiny[@]}" --run base
prints '^finished at step 6 of 6$'
prints '^validation  top-1 [0-9.]+  top-5 [0-9.]+  loss [0-9.]+  \(16 images, 0 unreadable\)$'
prints '^checkpoint  base/checkpoints/step-000000006.h5$'
prints '^metrics     base/metrics.jsonl$'
prints '^settings    base/config.yaml$'
same "$(wc -l <out)" 5 'lines on stdout'
! grep -q $'\r' err || problem 'carriage returns in a log'
same "$(grep -c '^step ' err)" 6 'progress lines'
says '^step 6/6 eta 0:00:00 loss [0-9.]+ acc [0-9.]+ [0-9.]+ img/s ep 2.00 lr [-+.0-9e]+ \| [0-9.]+ img/s/rank data [0-9]+% comm [0-9]+% wait [0-9]+%$'
run 0 "$musiq" pretrain --config base/config.yaml --run again
same "$(digest again)" "$(digest base)" 'digest of a run from config.yaml'

case_ 'progress can be JSON or off'
on 2 0 "${tiny[@]}" --run json --set run.progress=json
python3 - <<'PY' || problem 'a line of progress is no JSON'
import json
for line in open('err'): json.loads(line)
PY
on 2 0 "${tiny[@]}" --run silent --set run.progress=off
[ ! -s err ] || problem 'there is progress'

case_ 'three steps and three more on another number of ranks are six steps'
on 3 0 "${tiny[@]}" --run parts --set run.steps=3
prints '^reached run.steps at step 3 of 6$'
on 2 0 "${tiny[@]}" --run parts --set parallel.workers=2
says 'resumed from parts/checkpoints/step-000000003.h5 at step 3'
same "$(digest parts)" "$(digest base)" 'digest'

case_ 'a checkpoint of another model is exit 5 with names and shapes'
on 2 5 "${tiny[@]}" --run base --set model.hiddenSize=64
says_once 'model.hiddenSize was 32 in the checkpoint and is 64 now.*--allow-change model'
on 2 5 "${tiny[@]}" --run base --set model.hiddenSize=64 --allow-change model
says_once 'step-000000006.h5: a checkpoint of another model: .*expected shape \[256, 64\], found \[256, 32\]'
says 'give the configuration it was written with'
run 5 "$musiq" "${tiny[@]}" --run base --set optimizer.kind=sgd --allow-change all
says 'a checkpoint of another model'

case_ 'a fresh start over an old run is exit 5 with the way out'
on 2 5 "${tiny[@]}" --run base --resume never
says_once 'base already holds base/checkpoints/step-000000006.h5; use --resume auto to go on, or another --run'

case_ 'a damaged newest checkpoint is skipped with a warning that names it'
on 2 0 "${tiny[@]}" --run damaged --set checkpoint.everySteps=2 --set run.evaluateEveryEpochs=0
python3 - <<'PY'
# One bit in the middle of the longest stretch without HDF5 metadata: the first values of a big tensor.
path = 'damaged/checkpoints/step-000000006.h5'
data = bytearray(open(path, 'rb').read())
marks = [i for i in range(len(data)) if data[i:i + 4] in (b'OHDR', b'OCHK', b'FRHP', b'FHDB', b'BTHD', b'BTLF')]
first = max(range(len(marks) - 1), key=lambda k: marks[k + 1] - marks[k])
data[(marks[first] + marks[first + 1]) // 2] ^= 4
open(path, 'wb').write(data)
PY
truncate -s 5000 damaged/checkpoints/step-000000004.h5
run 5 "$musiq" checkpoint verify damaged/checkpoints/step*.h5
prints 'step-000000002.h5: ok'
prints 'step-000000004.h5: .*(truncated|not a usable)'
prints 'step-000000006.h5: damaged: [a-z]+/'
on 3 0 "${tiny[@]}" --run damaged
says_once 'warning: skipped damaged/checkpoints/step-000000006.h5: not a usable checkpoint: .*the checksum of its values is wrong'
says_once 'warning: skipped damaged/checkpoints/step-000000004.h5'
says 'resumed from damaged/checkpoints/step-000000002.h5 at step 2'
same "$(digest damaged)" "$(digest base)" 'digest'

case_ 'nothing but damaged checkpoints is exit 5, not a fresh start'
for file in damaged/checkpoints/step*.h5; do truncate -s 5000 "$file"; done
on 2 5 "${tiny[@]}" --run damaged
says 'no checkpoint can be read: .*move them away to start from the beginning'

case_ 'a checkpoint file that is missing or something else is exit 5'
on 2 5 "${tiny[@]}" --run r --resume nowhere.h5
says_once 'nowhere.h5: not a usable checkpoint: No such file or directory'
run 5 "$musiq" "${tiny[@]}" --run r --resume tiny.yaml
says 'tiny.yaml: not a usable checkpoint'
for command in show verify digest; do
  run 5 "$musiq" checkpoint $command nowhere.h5
  cat out err | grep -q 'nowhere.h5: .*No such file or directory' || problem "$command gives no reason"
done
on 2 5 evaluate --checkpoint nowhere.h5
says_once 'nowhere.h5: not a usable checkpoint: No such file or directory'

case_ 'a checkpoint of a larger data set is exit 5 with both numbers'
run 0 "$musiq" "${tiny[@]}" --run two --set run.steps=2
mkdir -p half/train
for folder in data/train/*; do
  mkdir "half/train/${folder##*/}" && cp "$folder"/*_[0-3].JPEG "half/train/${folder##*/}"
done
on 2 5 "${tiny[@]}" --run fewer --set data.train=half/train --set data.validation= \
  --resume two/checkpoints/step-000000002.h5 --allow-change data
says_once 'step-000000002.h5 was written 48 samples into an epoch, but .*/half/train has only 32'

case_ 'an unwritable run directory is exit 8'
on 3 8 "${tiny[@]}" --run tiny.yaml/run
says_once "run directory 'tiny.yaml/run' cannot be created: Not a directory; name another one with --run"
within 10
run 8 "$musiq" "${tiny[@]}" --run /proc/run
says "run directory '/proc/run' cannot be created: "

case_ 'a last checkpoint that cannot be written is exit 8, and the older one stays'
on 2 0 "${tiny[@]}" --run full --set run.steps=2
run 8 "${mpirun[@]}" -n 2 bash -c 'ulimit -f 200; exec "$@"' - "$musiq" "${tiny[@]}" --run full
says 'step-000000006.h5|no space'
within 15
no_crash
run 0 "$musiq" checkpoint verify full/checkpoints/step-000000002.h5
on 2 0 "${tiny[@]}" --run full
same "$(digest full)" "$(digest base)" 'digest after there is room again'

case_ 'divergence is exit 7 on all ranks, with good checkpoints'
on 3 7 "${tiny[@]}" --run wild --set optimizer.learningRate=1000 --set schedule.warmupSteps=0 \
  --set checkpoint.everySteps=1
says_once 'error on rank 0 .*: step [0-9]+: loss .* is not finite; the parameters are unchanged'
within 10
run 0 "$musiq" checkpoint verify wild/checkpoints/*.h5

case_ 'a dry run prints the plan and writes nothing'
on 2 0 "${tiny[@]}" --dry-run
prints '^parameters +28432 in '
prints '^batch +24 images in 8 shards over 2 ranks'
[ ! -s err ] || problem 'it says something on stderr'

# Classes have names: a model meets a set, a run its checkpoint, a head its data by name.

mapfile -t names < <(ls data/train)
run 0 "$musiq" "${tiny[@]}" --run named --set run.evaluateEveryEpochs=0
newest=named/checkpoints/step-000000006.h5
evaluate=(evaluate --checkpoint "$newest" --bootstrap 0)
mkdir part other && cp -r data/val/"${names[3]}" data/val/"${names[5]}" part
cp -r data/val/. other && mv other/"${names[0]}" other/zebra

# rows FILE: path and values of every image of a class that `part` has.
rows() { grep -E "^(${names[3]}|${names[5]})/" "$1"; }

case_ 'evaluate on a folder with two of the classes compares each image with its own class'
run 0 "$musiq" "${evaluate[@]}" --output all.csv
on 2 0 "${evaluate[@]}" --set data.manifest=part --output part.csv
same "$(rows part.csv)" "$(rows all.csv)" 'rows'
same "$(grep -c ',ok$' part.csv)" 4 'number of rows'

case_ 'a class that the model does not have is refused with both lists, or left out and counted'
on 2 4 "${evaluate[@]}" --set data.manifest=other
says_once "other' has classes that the model in .* does not have: 1 \\(zebra\\), with 2 images"
says "it has 8 \\(${names[0]}, .*, …\\), the set has 8 \\(${names[1]}.*data.unknownClasses=leaveOut"
run 0 "$musiq" "${evaluate[@]}" --set data.manifest=other --set data.unknownClasses=leaveOut
says '2 of 16 images in .*other are left out, of classes that .* does not have: 1 \(zebra\)'
prints '\(14 images, 0 unreadable\)'
prints '2 files excluded'

case_ 'index files carry names: another order is the same, one class more is an error'
run 0 "$musiq" data index --images data/val --output val.index
python3 - "${names[@]}" <<'PY'
import sys
# The same images, their classes numbered backward.
names, lines = sys.argv[1:], open('val.index').read().split('\n')
start = lines.index(f'classes\t{len(names)}') + 1
lines[start:start + len(names)] = names[::-1]
for i, line in enumerate(lines):
    fields = line.split('\t')
    if len(fields) > 3 and '/' in fields[0]:
        fields[1] = str(len(names) - 1 - int(fields[1]))
        lines[i] = '\t'.join(fields)
def fnv(data):
    value = 0xcbf29ce484222325
    for byte in data: value = (value ^ byte) * 0x100000001b3 % 2**64
    return f'{value:016x}'
body = '\n'.join(lines[2:-2]) + '\n'
text = '\n'.join(lines[:2]) + '\n' + body + f'end\t{fnv(body.encode())}\n'
open('backward.index', 'w').write(text)
PY
run 0 "$musiq" "${evaluate[@]}" --set data.manifest=backward.index --output backward.csv
cmp -s all.csv backward.csv || problem 'other rows'
cp -r data/val more && cp -r more/"${names[0]}" more/zebra
run 0 "$musiq" data index --images more --output more.index
on 2 4 "${tiny[@]}" --run more --set data.validation=more.index
says_once 'does not have: 1 \(zebra\)'
no_crash
run 4 "$musiq" "${evaluate[@]}" --set data.manifest=more.index

case_ 'a model without names says so, and is refused where numbers do not fit'
old=$here/../Fixtures/checkpoints/version-1.h5
mkdir three && cp -r data/val/"${names[0]}" data/val/"${names[1]}" data/val/"${names[2]}" three
run 0 "$musiq" evaluate --checkpoint "$old" --set data.manifest=three --bootstrap 0
says_once 'has no names of classes, only 3 numbers: classes are matched by number; nothing proves'
run 4 "$musiq" evaluate --checkpoint "$old" --set data.manifest=part --bootstrap 0
says 'the set has 2 \(.*the other 3 without names; name those of the model .* with model.score.names='
run 0 "$musiq" predict --checkpoint "$old" part/*/*
says_once 'warning: .* has no names of classes: a class is its number'
run 0 "$musiq" evaluate --checkpoint "$old" --set data.manifest=part --bootstrap 0 \
  --set "model.score.names=[${names[5]}, x, ${names[3]}]"

case_ 'names are in predictions and travel with every export'
run 0 "$musiq" predict --checkpoint "$newest" part/*/*
same "$(head -1 out)" 'path,class,class_index,probability,width,height,tokens,ms,status,error,model' 'header'
awk -F, -v names="${names[*]}" 'BEGIN { split(names, name, " ") }
  NR > 1 && $2 != name[$3 + 1] { bad = 1 } END { exit bad || NR < 2 }' out || problem 'other names'
run 0 "$musiq" predict --checkpoint "$newest" --format jsonl part/*/*
grep -q "\"class\":\"[a-z0-9_-]*\",\"class_index\":[0-7],.*\"top\":\\[{\"class\":\"" out || problem 'no top'
! grep -q '"score"\|"direction"' out || problem 'a score'
run 3 "$musiq" predict --checkpoint "$newest" --sort score part/*/*
says '--sort score: the model in .* has classes, which have no score'
run 0 "$musiq" checkpoint export "$newest" -o named.npz
run 0 "$musiq" checkpoint export "$newest" -o named.safetensors
run 0 "$musiq" checkpoint import named.npz -o again.h5
run 0 "$musiq" checkpoint import named.npz -o renamed.h5 \
  --set "model.score.names=[$(printf 'a long name of class %s, ' 1 2 3 4 5 6 7)last]"
run 0 "$musiq" checkpoint diff again.h5 renamed.h5
prints '^configuration model.score.names: \[n9.* against \["a long name of class 1", .*…$'
run 0 "$musiq" evaluate --checkpoint again.h5 --set data.manifest=part --output again.csv --bootstrap 0
same "$(rows again.csv)" "$(rows all.csv)" 'rows of the import'
python3 - "${names[@]}" <<'PY' || problem 'other names in safetensors'
import json, struct, sys
data = open('named.safetensors', 'rb').read()
header = json.loads(data[8:8 + struct.unpack('<Q', data[:8])[0]])
assert json.loads(header['__metadata__']['class_names']) == sys.argv[1:]
PY

case_ 'a head is kept for the same classes only'
short=(--set schedule.epochs=1 --set optimizer.learningRate=1e-9 --set run.evaluateEveryEpochs=0)
start=(finetune --init "$newest" "${short[@]}")
run 0 "$musiq" "${start[@]}" --set data.train=data/val --run kept
says 'head: kept$'
run 0 "$musiq" "${start[@]}" --set data.train=other --run fresh
says 'head: reinitialized, zeros: its classes are 8 \(.*, those of the data 8 \('
run 3 "$musiq" "${start[@]}" --set data.train=other --run no --init-head keep
says '--init-head keep: .* has 8 outputs \(classes: 8 \(.*the data needs 8 outputs \(classes: 8 \('
run 0 "$musiq" finetune --init "$old" --init-head keep --set data.train=three --run numbered "${short[@]}"
says_once 'warning: .*its classes have no names: they are taken for those of the data by number'

case_ 'a run goes on as itself: other data, settings and lengths are refused and change nothing'
run 0 "$musiq" "${tiny[@]}" --run parts --set run.steps=2
cp parts/config.yaml settings.yaml
cp -r data twin
on 2 0 "${tiny[@]}" --run parts --set run.steps=3 --set data.train=twin/train
same "$(cat parts/config-until-2.yaml)" "$(cat settings.yaml)" 'former settings'
cp parts/config.yaml settings.yaml
mv twin zoo && mv zoo/train/"${names[0]}" zoo/train/zebra && mv zoo/val/"${names[0]}" zoo/val/zebra
on 2 5 "${tiny[@]}" --run parts --set data.train=zoo/train --set data.validation=zoo/val
says_once "model.score.names was 8 \\(${names[0]}.* in the checkpoint and is 8 \\(${names[1]}.* now"
says_once '--allow-change data --allow-change classes'
on 2 5 "${tiny[@]}" --run parts --set schedule.steps=9 --set run.seed=6
says_once 'schedule.steps was 6 in the checkpoint and is 9 now; run.seed was 5 .* is 6 now'
says_once 'or allow it: --allow-change seed --allow-change schedule'
cmp -s parts/config.yaml settings.yaml || problem 'config.yaml was rewritten'
run 0 "$musiq" "${tiny[@]}" --run parts
same "$(digest parts)" "$(digest named)" 'digest of the run'
run 5 "$musiq" "${tiny[@]}" --run parts --set schedule.steps=9
run 0 "$musiq" "${tiny[@]}" --run parts --set schedule.steps=9 --allow-change schedule
says 'warning: schedule.steps was 6 in the checkpoint and is 9 now'
prints 'finished at step 9 of 9'
run 2 "$musiq" "${tiny[@]}" --run parts --allow-change everything

case_ 'overwritten images are noticed; settings from MUSIQ_SET are in the log'
run 0 env MUSIQ_SET='run.steps=2' "$musiq" "${tiny[@]}" --run watched
says 'from the environment: MUSIQ_SET: run.steps=2'
grep -q '"environment":\["MUSIQ_SET: run.steps=2"\].*"event":"start"' watched/metrics.jsonl ||
  problem 'not in metrics.jsonl'
image=$(ls data/train/"${names[1]}"/* | head -1)
python3 -c "
import sys
data = bytearray(open(sys.argv[1], 'rb').read()); data[-3] ^= 1; open(sys.argv[1], 'wb').write(data)" "$image"
run 5 "$musiq" "${tiny[@]}" --run watched
says_once 'the training set was 64 images, some of them with the digest'
run 0 "$musiq" "${tiny[@]}" --run watched --allow-change data

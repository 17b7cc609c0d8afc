# Models of other programs, and scores.

npz=$here/../Fixtures/npz

case_ 'an import reports, verifies, and exports again bit by bit'
on 2 0 checkpoint import "$npz/tiny-mixed.npz" -o tiny.h5
prints 'matched 56, missing 0, shape mismatches 0, unexpected 1, ignored 4'
same "$(grep -c matched out)" 1 'reports on two ranks'
run 0 "$musiq" checkpoint verify tiny.h5 "$npz/tiny-mixed.npz"
run 0 "$musiq" checkpoint export tiny.h5 -o again.npz
run 0 "$musiq" checkpoint diff "$npz/tiny-mixed.npz" again.npz
prints '^all tensors are equal$'
run 1 "$musiq" checkpoint diff tiny.h5 "$npz/tiny-stored.npz"
prints '^parameters/gn_root/scale: 32 elements differ'
run 0 "$musiq" checkpoint export tiny.h5 -o tiny.safetensors --names pyiqa
run 2 "$musiq" checkpoint export tiny.h5 -o tiny.pth
says 'ends in .npz or .safetensors'

case_ 'what does not fit is exit 5 with the remedy'
head -c 20000 "$npz/tiny-stored.npz" >cut.npz
on 2 5 checkpoint import cut.npz -o cut.h5
says_once 'cut.npz: not a usable checkpoint: no complete zip archive'
run 5 "$musiq" checkpoint import "$npz/tiny-stored.npz" -o cut.h5 --set model.outputCount=3
prints 'mismatch head/kernel: expected \[8, 3\], found \[8, 1\]'
says '--allow head'
[ ! -e cut.h5 ] || problem 'a file was written'
run 0 "$musiq" checkpoint import "$npz/tiny-stored.npz" -o new.h5 --set model.outputCount=3 --allow head

predict=(predict --checkpoint "$npz/tiny-stored.npz" --max-patches 8)
without_ms() { sed -E 's/,[0-9.]+,(ok|error),/,\1,/' "$1"; }

case_ 'good and bad pictures give the same rows on 1 and 3 ranks'
run 0 "$musiq" "${predict[@]}" "$fixtures"
without_ms out >rows-1
same "$(grep -c ',error,' out)" 26 'bad pictures'
on 3 0 "${predict[@]}" --workers 2 "$fixtures"
same "$(without_ms out | md5sum)" "$(md5sum <rows-1)" 'rows'
run 4 "$musiq" "${predict[@]}" --strict "$fixtures"
run 4 "$musiq" "${predict[@]}" --fail-under 1000 "$fixtures/grey.jpg"
mkdir vacant
run 4 "$musiq" "${predict[@]}" vacant
says 'no pictures in vacant'

case_ 'an interrupted list goes on; parts make the whole'
ls "$fixtures"/*.png >list
run 0 "$musiq" "${predict[@]}" --output all.csv --files-from list
grep -q '"dct":"fast"' all.csv.json || problem 'no sidecar'
head -c 900 all.csv >some.csv
run 0 "$musiq" "${predict[@]}" --output some.csv --skip-existing --files-from list
# Pictures without a score are tried again: their rows are there twice.
same "$(without_ms some.csv | sort -u | md5sum)" "$(without_ms all.csv | sort | md5sum)" 'rows'
for part in 1 2 3; do
  run 0 "$musiq" "${predict[@]}" --output part.csv --append --shard $part/3 --files-from list
done
same "$(without_ms part.csv | md5sum)" "$(without_ms all.csv | md5sum)" 'rows of three parts'
run 2 "$musiq" "${predict[@]}" --shard 0/3 x
says 'expected i/n'
run 2 "$musiq" predict --checkpoint x

case_ 'scores can be sorted, lists can end with zeros, JSON lines are JSON'
run 0 "$musiq" "${predict[@]}" --sort score "$fixtures"
same "$(tail -n +2 out | grep ',ok,' | cut -d, -f2)" \
  "$(tail -n +2 out | grep ',ok,' | cut -d, -f2 | sort -gr)" 'order'
printf '%s\0' "$fixtures/grey.jpg" nowhere.png >zeros
run 0 "$musiq" "${predict[@]}" --format jsonl --files-from zeros -0
python3 - <<'PY' || problem 'a row is no JSON, or incomplete'
import json
rows = [json.loads(line) for line in open('out')]
assert [r['status'] for r in rows] == ['ok', 'error']
for key in 'path score logits width height tokens ms error model direction dct'.split():
    assert all(key in r for r in rows), key
PY
run 0 bash -c "$musiq ${predict[*]} $fixtures | head -1"

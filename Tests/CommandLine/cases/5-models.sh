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

case_ 'good and bad images give the same rows on 1 and 3 ranks'
run 0 "$musiq" "${predict[@]}" "$fixtures"
without_ms out >rows-1
same "$(tail -n +2 out | grep -c ',error,')" 37 "bad images"
on 3 0 "${predict[@]}" --workers 2 "$fixtures"
same "$(without_ms out | md5sum)" "$(md5sum <rows-1)" 'rows'
run 4 "$musiq" "${predict[@]}" --strict "$fixtures"
run 4 "$musiq" "${predict[@]}" --fail-under 1000 "$fixtures/gray.jpg"
mkdir vacant
run 4 "$musiq" "${predict[@]}" vacant
says 'no images in vacant'

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

case_ 'predict --salvage scores what is left of a damaged file and says so'
run 4 "$musiq" "${predict[@]}" --strict "$fixtures/truncated-50.jpg"
prints ',error,.*ends too early'
run 0 "$musiq" "${predict[@]}" --strict --salvage "$fixtures/truncated-50.jpg" "$fixtures/gray.jpg"
prints 'truncated-50.jpg,[-0-9.]+,.*,salvaged,Premature end of JPEG file at row'
prints 'gray.jpg,.*,ok,,[0-9a-f]{12}$'

case_ 'scores can be sorted, lists can end with zeros, JSON lines are JSON'
run 0 "$musiq" "${predict[@]}" --sort score "$fixtures"
same "$(tail -n +2 out | grep ',ok,' | cut -d, -f2)" \
  "$(tail -n +2 out | grep ',ok,' | cut -d, -f2 | sort -gr)" 'order'
printf '%s\0' "$fixtures/gray.jpg" nowhere.png >zeros
run 0 "$musiq" "${predict[@]}" --format jsonl --files-from zeros -0
python3 - <<'PY' || problem 'a row is no JSON, or incomplete'
import json
rows = [json.loads(line) for line in open('out')]
assert [r['status'] for r in rows] == ['ok', 'error']
for key in 'path score logits width height tokens ms error model direction dct'.split():
    assert all(key in r for r in rows), key
PY
run 0 bash -c "$musiq ${predict[*]} $fixtures | head -1"

case_ 'results go through links and to standard output; what cannot be written is exit 8, leaving nothing'
run 0 "$musiq" "${predict[@]}" --format jsonl --output /dev/stdout "$fixtures/gray.jpg"
prints '"status":"ok"'
run 0 "$musiq" "${predict[@]}" --files-from <(ls "$fixtures"/*.jpg)
prints 'gray.jpg,.*,ok,,[0-9a-f]{12}$'
ln -s /dev/full full.csv
run 8 "$musiq" "${predict[@]}" --output full.csv "$fixtures/gray.jpg"
says 'cannot write full.csv: No space left on device'
[ ! -e full.csv.json ] || problem 'a sidecar of a device'
mkdir exports
ln -s exports/real.npz link.npz
run 0 "$musiq" checkpoint export tiny.h5 -o link.npz
{ [ -L link.npz ] && [ "$(ls -A exports)" = real.npz ]; } || problem 'the link is gone'
run 0 "$musiq" checkpoint diff tiny.h5 exports/real.npz
cp exports/real.npz old.npz
run 8 bash -c 'trap "" XFSZ; ulimit -f 20; exec "$@"' - "$musiq" checkpoint export tiny.h5 -o link.npz
says 'link.npz: '
{ [ "$(ls -A exports)" = real.npz ] && cmp -s old.npz exports/real.npz; } || problem 'not as before'

case_ 'a model that NumPy wrote is imported, evaluated, exported, and read by NumPy bit by bit'
if ! python3 -c 'import numpy' 2>/dev/null; then
  skip 'python3 with numpy is not here'
else
  cat >foreign.py <<'PY'
# Writes a small model under the official names, or compares two files of it bit by bit.
import sys
import numpy as np


def shapes(width=8, heads=2, mlp=16, root=32):
    yield 'conv_root/kernel', (7, 7, 3, root)
    for part in ('scale', 'bias'):
        yield f'gn_root/{part}', (1, 1, 1, root)
    unit = 'block1/unit1'
    for name, size in (('conv1', 1), ('conv2', 3), ('conv3', 1), ('conv_proj', 1)):
        yield f'{unit}/{name}/kernel', (size, size, root, root)
    for name in ('gn1', 'gn2', 'gn3', 'gn_proj'):
        for part in ('scale', 'bias'):
            yield f'{unit}/{name}/{part}', (1, 1, 1, root)
    yield 'embedding/kernel', (128, width)
    yield 'embedding/bias', (width,)
    yield 'Transformer/cls', (1, 1, width)
    yield 'Transformer/posembed_input/pos_embedding', (1, 9, width)
    yield 'Transformer/scaleembed_input/scale_embedding', (1, 3, width)
    for layer in range(2):
        block = f'Transformer/encoderblock_{layer}'
        for norm in ('LayerNorm_0', 'LayerNorm_2'):
            for part in ('scale', 'bias'):
                yield f'{block}/{norm}/{part}', (width,)
        attention = f'{block}/MultiHeadDotProductAttention_1'
        for name in ('query', 'key', 'value'):
            yield f'{attention}/{name}/kernel', (width, heads, width // heads)
            yield f'{attention}/{name}/bias', (heads, width // heads)
        yield f'{attention}/out/kernel', (heads, width // heads, width)
        yield f'{attention}/out/bias', (width,)
        for name, a, b in (('Dense_0', width, mlp), ('Dense_1', mlp, width)):
            yield f'{block}/MlpBlock_3/{name}/kernel', (a, b)
            yield f'{block}/MlpBlock_3/{name}/bias', (b,)
    for part in ('scale', 'bias'):
        yield f'Transformer/encoder_norm/{part}', (width,)
    yield 'head/kernel', (width, 1)
    yield 'head/bias', (1,)


if len(sys.argv) == 2:
    random = np.random.default_rng(7)
    values = {}
    for name, shape in shapes():
        values['opt/target/' + name] = (0.1 * random.standard_normal(shape)).astype(np.float32)
    np.savez(sys.argv[1], **values)
else:
    first, second = (np.load(name) for name in sys.argv[1:])
    # Our files have an entry of their own beside the parameters: the configuration.
    official = {name for name in second.files if name.startswith('opt/target/')}
    assert official == set(first.files), official ^ set(first.files)
    for name in first.files:
        a, b = first[name], second[name]
        assert a.shape == b.shape and b.dtype == np.float32, name
        assert a.tobytes() == b.tobytes(), name
PY
  run 0 python3 foreign.py foreign.npz
  run 0 "$musiq" checkpoint import foreign.npz -o foreign.h5
  prints 'matched 56, missing 0, shape mismatches 0, unexpected 0'
  printf 'path,mos\n%s,1\n%s,3\n%s,2\n' baseline.jpg rgb-8.png progressive.jpg >foreign.csv
  for file in foreign.npz foreign.h5; do
    run 0 "$musiq" evaluate --checkpoint $file --bootstrap 0 --set data.manifest=foreign.csv \
      --set "data.imageRoot=$fixtures" --set model.multiscale.nativePatchCap=8 --output $file.csv
    prints '\(3 images, 0 unreadable\)'
  done
  cmp -s foreign.npz.csv foreign.h5.csv || problem 'the imported model has other scores'
  run 0 "$musiq" checkpoint export foreign.h5 -o back.npz
  run 0 python3 foreign.py foreign.npz back.npz
fi

case_ 'scores of another model, or under other settings, are not taken for those of this one'
mkdir -p words
cp "$fixtures/gray.jpg" words/a.jpg
cp "$fixtures/baseline.jpg" words/b.jpg
# One word in two Unicode forms: two files.
cp "$fixtures/rgb-8.png" $'words/caf\xc3\xa9.png'
run 0 "$musiq" "${predict[@]}" -o one.csv words
cp "$fixtures/rgb-8.png" $'words/cafe\xcc\x81.png'
run 0 "$musiq" "${predict[@]}" -o one.csv --skip-existing words
says '1 scored, 0 not, of 1'
same "$(grep -c ',ok,' one.csv)" 4 'rows'
other=(predict --checkpoint new.h5 --max-patches 8 --kind ratings)
run 0 "$musiq" "${other[@]}" --format jsonl -o other.jsonl words/a.jpg
for settings in '--max-patches 7' '--exif-orient apply'; do
  # shellcheck disable=SC2086
  on 2 4 "${predict[@]}" $settings -o one.csv --skip-existing words
  says_once 'one.csv has scores of model [0-9a-f]{12}; .* with these settings is model [0-9a-f]{12}'
  says 'leave out --skip-existing; .* --append too'
done
same "$(grep -c . one.csv)" 5 'lines after refusals'
run 4 "$musiq" "${predict[@]}" --format jsonl -o other.jsonl --skip-existing words/a.jpg
says 'other.jsonl has scores of model'
run 0 "$musiq" "${predict[@]}" --max-patches 7 -o one.csv --skip-existing --append words
same "$(tail -n +2 one.csv | sed 's/.*,//' | sort | uniq -c | awk '{ print $1 }' | tr '\n' ' ')" '4 4 ' \
  'rows of two models'
same "$(grep -o 'native\|"checkpoint"' one.csv.json | grep -c checkpoint)" 2 'models of the sidecar'

case_ 'nothing that could be scored is exit 4, part of it is not'
run 4 "$musiq" "${predict[@]}" nowhere.jpg
says 'nowhere.jpg cannot be scored: '
printf '' >empty.jpg
on 2 4 "${predict[@]}" nowhere.jpg empty.jpg
says_once "none of 2 images can be scored; the first is 'nowhere.jpg': "
same "$(tail -n +2 out | grep -c ',error,')" 2 'rows'
run 0 "$musiq" "${predict[@]}" nowhere.jpg words/a.jpg
says '1 scored, 1 not, of 2'
run 4 "$musiq" "${predict[@]}" 'words/*.gif' https://host/a.jpg
says "first is 'words/\*.gif': no such file; patterns are expanded by the shell"
prints 'https://host/a.jpg,.*an address, not a file: download it first'
run 0 "$musiq" "${predict[@]}" vacant words/a.jpg
says 'warning: no images in vacant; --recursive'

case_ 'an export as safetensors scores with the same bits, and a damaged one is refused in one line'
run 0 "$musiq" checkpoint import "$npz/tiny-stored.npz" -o units.h5 \
  --set 'model.score={kind: score, scale: 2.3, offset: 1.7, range: [0, 1]}'
run 0 "$musiq" predict --checkpoint units.h5 words
without_ms out >units.rows
for names in official pyiqa; do
  run 0 "$musiq" checkpoint export units.h5 -o $names.safetensors --names $names
  on 2 0 predict --checkpoint $names.safetensors words
  same "$(without_ms out)" "$(cat units.rows)" "rows of $names"
  run 0 "$musiq" checkpoint verify $names.safetensors
  run 0 "$musiq" checkpoint show $names.safetensors
  prints 'task +one score, 0 to 1 in the training data, higher is better'
done
run 0 "$musiq" explain --checkpoint pyiqa.safetensors -o why words/a.jpg
head -c 3000 official.safetensors >cut.safetensors
on 2 5 predict --checkpoint cut.safetensors words
says_once 'cut.safetensors: not a usable checkpoint: the safetensors header says'
run 5 "$musiq" checkpoint verify cut.safetensors
if python3 -c 'import safetensors.numpy' 2>/dev/null; then
  python3 - <<'PY' || problem 'the safetensors package reads something else'
from safetensors.numpy import load_file
from safetensors import safe_open
for names, kernel, shape in [('official', 'head/kernel', (8, 1)), ('pyiqa', 'head.weight', (1, 8))]:
    tensors = load_file(names + '.safetensors')
    assert len(tensors) == 56 and tensors[kernel].shape == shape, tensors[kernel].shape
    assert 'configuration' in safe_open(names + '.safetensors', 'np').metadata()
PY
fi

case_ 'a model whose parameters are no numbers is exit 7, in prediction and evaluation'
cp official.safetensors nan.safetensors
printf '\0\0\300\177' | dd of=nan.safetensors bs=1 conv=notrunc status=none \
  seek=$(($(stat -c %s nan.safetensors) - 4))
for command in "predict words" "evaluate --set data.manifest=words.csv"; do
  printf 'path,mos\na.jpg,1\nb.jpg,2\n' | sed 's|^[ab]|words/&|' >words.csv
  # shellcheck disable=SC2086
  on 2 7 $command --checkpoint nan.safetensors
  says_once 'nan.safetensors: 1 values of head/bias are not finite'
done
run 5 "$musiq" checkpoint show nan.safetensors
prints 'DAMAGED +.*not finite'

case_ 'an evaluation of nothing is exit 4 with the count'
mkdir cut-set
for k in 1 2 3; do head -c 500 "$fixtures/baseline.jpg" >cut-set/$k.jpg; done
printf 'path,mos\n1.jpg,1\n2.jpg,2\n3.jpg,3\n' >cut-set/set.csv
on 2 4 evaluate --checkpoint units.h5 --set data.manifest=cut-set/set.csv --report nothing.json
says_once 'none of the 3 images of .* could be evaluated'
[ ! -e nothing.json ] || problem 'a report of nothing'

# Where a model looks.

npz=$here/../Fixtures/npz
explain=(explain --checkpoint "$npz/tiny-stored.npz" --max-patches 8)

case_ 'explain writes figures, maps and numbers, and a table of the scales'
run 0 "$musiq" "${explain[@]}" --output why --aspect-curve --hse "$fixtures/baseline.jpg"
prints '^scale +size +patches +attention +without$'
prints '^native +[0-9]+x[0-9]+ +8/[0-9]+ +[0-9.]+% '
prints '^class token '
says 'baseline.jpg: score '
python3 - <<'PY' || problem 'a file is missing or wrong'
import json
names = ['attention_224.png', 'attention_384.png', 'attention_native.png', 'panel.png', 'aspect.png', 'hse.png']
for name in names:
    data = open('why/' + name, 'rb').read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n', name
report = json.load(open('why/attention.json'))
total = report['class_token_share'] + sum(s['attention_mass'] for s in report['scales'])
assert abs(total - 1) < 1e-6, total
assert [s['name'] for s in report['scales']] == ['224', '384', 'native']
assert all('value_change_without' in s for s in report['scales'])
lines = open('why/aspect.csv').read().split()
assert lines[0] == 'stretch,aspect,width,height,score' and len(lines) == 18
try:
    import numpy
    from PIL import Image
except ImportError:
    raise SystemExit
maps = numpy.load('why/attention.npz')
for s in report['scales']:
    values = maps['attention_' + s['name']]
    assert values.dtype == numpy.float32 and values.shape == (s['rows'], s['columns'])
    assert abs(values.sum() - s['attention_mass']) < 1e-5
    assert (maps['seen_' + s['name']] == 0).sum() == (values == 0).sum()
cosines = numpy.load('why/hse.npz')['positions']
assert numpy.allclose(cosines, cosines.T) and numpy.allclose(cosines.diagonal(), 1)
for name in names:
    assert min(Image.open('why/' + name).convert('RGB').size) >= 100, name
PY

case_ 'layers, heads and colors can be chosen; rank 0 alone works'
on 3 0 "${explain[@]}" --output last --layer last --head 1 --cmap magma --normalize joint \
  --alpha 1 --interpolation patches --no-ablation "$fixtures/rgb-8.png"
same "$(grep -c '^class token' out)" 1 'tables on three ranks'
grep -q '"layer" : "last"' last/attention.json || problem 'no options in the report'
run 0 "$musiq" explain --checkpoint "$npz/tiny-stored.npz" --output hse --hse
same "$(ls hse | tr '\n' ' ')" 'hse.json hse.npz hse.png ' 'files without an image'

case_ 'what cannot be explained says why, with the usual exit codes'
run 2 "$musiq" "${explain[@]}" --output no
says "Missing expected argument '<image>' or '--hse'"
run 2 "$musiq" "${explain[@]}" --output no --layer first "$fixtures/gray.jpg"
run 2 "$musiq" "${explain[@]}" --output no --alpha 2 "$fixtures/gray.jpg"
run 2 "$musiq" "${explain[@]}" --output no --layer 9 "$fixtures/gray.jpg"
says 'the model has layers 0 to 1'
run 4 "$musiq" "${explain[@]}" --output no "$fixtures/truncated-50.jpg"
says 'truncated-50.jpg: '
run 4 "$musiq" "${explain[@]}" --output no nowhere.png
head -c 20000 "$npz/tiny-stored.npz" >cut.npz
run 5 "$musiq" explain --checkpoint cut.npz --output no "$fixtures/gray.jpg"
[ ! -e no ] || problem 'a folder was made'
run 8 "$musiq" "${explain[@]}" --output /dev/null/x "$fixtures/gray.jpg"
says 'cannot be written'

case_ 'names in all scripts are drawn; without any font there is no figure, but the reason'
cp "$fixtures/baseline.jpg" 'Größe 東京 مرحبا.jpg'
cp "$fixtures/baseline.jpg" 'Gr??e ?? ?????.jpg'
run 0 "$musiq" "${explain[@]}" --output right --no-ablation 'Größe 東京 مرحبا.jpg'
run 0 "$musiq" "${explain[@]}" --output wrong --no-ablation 'Gr??e ?? ?????.jpg'
! cmp -s right/panel.png wrong/panel.png || problem 'the name is drawn as question marks'
echo '<fontconfig><dir>/nowhere</dir></fontconfig>' >fonts.conf
run 8 env FONTCONFIG_FILE="$PWD/fonts.conf" "$musiq" "${explain[@]}" --output no "$fixtures/gray.jpg"
says 'no font is installed.*fonts-dejavu-core'
[ ! -e no ] || problem 'a folder was made'

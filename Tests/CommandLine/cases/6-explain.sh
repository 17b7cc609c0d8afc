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
folder = 'why/images/baseline.jpg/'
names = [folder + name for name in
         ['attention_224.png', 'attention_384.png', 'attention_native.png', 'panel.png', 'aspect.png']] + ['why/hse.png']
for name in names:
    data = open(name, 'rb').read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n', name
report = json.load(open(folder + 'attention.json'))
total = report['class_token_share'] + sum(s['attention_mass'] for s in report['scales'])
assert abs(total - 1) < 1e-6, total
assert [s['name'] for s in report['scales']] == ['224', '384', 'native']
assert all('value_change_without' in s for s in report['scales'])
lines = open(folder + 'aspect.csv').read().split()
assert lines[0] == 'stretch,aspect,width,height,score' and len(lines) == 18
try:
    import numpy
    from PIL import Image
except ImportError:
    raise SystemExit
maps = numpy.load(folder + 'attention.npz')
for s in report['scales']:
    values = maps['attention_' + s['name']]
    assert values.dtype == numpy.float32 and values.shape == (s['rows'], s['columns'])
    assert abs(values.sum() - s['attention_mass']) < 1e-5
    assert (maps['seen_' + s['name']] == 0).sum() == (values == 0).sum()
cosines = numpy.load('why/hse.npz')['positions']
assert numpy.allclose(cosines, cosines.T) and numpy.allclose(cosines.diagonal(), 1)
for name in names:
    assert min(Image.open(name).convert('RGB').size) >= 100, name
PY

case_ 'folders become a page of all images, best first; what cannot be read is counted'
mkdir -p 'in/a' 'in/b/deep'
cp "$fixtures/baseline.jpg" in/a/x.jpg
cp "$fixtures/rgb-8.png" in/b/x.jpg
cp "$fixtures/gray.jpg" "in/b/deep/<b>&\"'.jpg"
cp "$fixtures/truncated-50.jpg" in/b/bad.jpg
cp "$fixtures/lossy.webp" '東京.webp'
touch in/notes.txt in/a/.hidden.png
printf '%s\0' '東京.webp' nowhere.png >list
run 0 "$musiq" "${explain[@]}" --no-ablation --workers 2 -o page --files-from list -0 in
prints '^score +native +384 +224 +class token +image$'
same "$(grep -c . out)" 5 'lines of the table'
says '^musiq-dist: 2/6 in/b/bad.jpg: the JPEG file ends too early'
says '^musiq-dist: 6/6 nowhere.png: '
says '^musiq-dist: left out: 1 hidden file, 1 file that is no image$'
says '^musiq-dist: 4 explained, 2 not; page: '
python3 - <<'PY' || problem 'the page or its table is wrong'
import csv, html.parser, os, urllib.parse
rows = list(csv.DictReader(open('page/summary.csv', newline='')))
assert [row['image'] for row in rows] == [
    'in/a/x.jpg', 'in/b/bad.jpg', 'in/b/deep/<b>&"\'.jpg', 'in/b/x.jpg', '東京.webp', 'nowhere.png'], rows
assert [row['status'] for row in rows] == ['ok', 'error', 'ok', 'ok', 'ok', 'error']
assert rows[0]['folder'] == 'images/x.jpg' and rows[3]['folder'] == 'images/x.jpg~2'
for row in rows:
    if row['status'] == 'ok':
        assert os.path.exists('page/' + row['folder'] + '/panel.png'), row

class Page(html.parser.HTMLParser):
    empty = {'meta', 'img', 'br'}
    def __init__(self):
        super().__init__()
        self.open, self.names, self.links, self.ids, self.inside = [], [], [], [], ''
    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        assert tag not in ('script', 'link', 'iframe', 'b', 'i'), tag
        if tag not in self.empty: self.open.append(tag)
        if tag == 'img': assert attributes['alt'], attributes
        self.links += [attributes[key] for key in ('href', 'src') if key in attributes]
        self.ids += [attributes['id']] if 'id' in attributes else []
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
    def handle_data(self, data):
        if 'h2' in self.open and self.open[-1] == 'bdi': self.names.append(data)

page = Page()
page.feed(open('page/index.html', encoding='utf-8').read())
assert page.open == [], page.open
best = sorted((row for row in rows if row['status'] == 'ok'), key=lambda row: -float(row['score']))
assert page.names == [row['image'] for row in best], page.names
for link in page.links:
    if link.startswith('#'): assert link[1:] in page.ids, link
    else: assert os.path.exists('page/' + urllib.parse.unquote(link)), link
assert len(page.ids) == len(set(page.ids))
PY
cp -r page before
run 0 "$musiq" "${explain[@]}" --no-ablation --workers 1 -o page --files-from list -0 in
diff -r page before >/dev/null || problem 'the number of threads changes files'
mv page in/page
run 0 "$musiq" "${explain[@]}" --no-ablation -o in/page in
says 'left out: 1 hidden file, 1 file that is no image, 1 folder of results$'
same "$(grep -c . out)" 4 'lines of the table without earlier results'
run 2 "$musiq" "${explain[@]}" -o in/b in/a in/b/
says '--output in/b is a folder of images'
run 4 "$musiq" "${explain[@]}" -o no in/b/bad.jpg nowhere.png
says 'none of 2 images could be read'
mkdir empty
run 4 "$musiq" "${explain[@]}" -o no empty
says 'no images in empty'
[ ! -e no ] || problem 'a folder was made'

case_ 'layers, heads and colors can be chosen; rank 0 alone works'
on 3 0 "${explain[@]}" --output last --layer last --head 1 --cmap magma --normalize joint \
  --alpha 1 --interpolation patches --no-ablation "$fixtures/rgb-8.png"
same "$(grep -c '^class token' out)" 1 'tables on three ranks'
grep -q '"layer" : "last"' last/images/rgb-8.png/attention.json || problem 'no options in the report'
run 0 "$musiq" explain --checkpoint "$npz/tiny-stored.npz" --output hse --hse
same "$(ls hse | tr '\n' ' ')" 'hse.json hse.npz hse.png ' 'files without an image'

case_ 'what cannot be explained says why, with the usual exit codes'
run 2 "$musiq" "${explain[@]}" --output no
says "Missing expected argument '<path>', '--files-from <file>' or '--hse'"
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
! cmp -s 'right/images/Größe 東京 مرحبا.jpg/panel.png' 'wrong/images/Gr??e ?? ?????.jpg/panel.png' || problem 'the name is drawn as question marks'
echo '<fontconfig><dir>/nowhere</dir></fontconfig>' >fonts.conf
run 8 env FONTCONFIG_FILE="$PWD/fonts.conf" "$musiq" "${explain[@]}" --output no "$fixtures/gray.jpg"
says 'no font is installed.*fonts-dejavu-core'
[ ! -e no ] || problem 'a folder was made'

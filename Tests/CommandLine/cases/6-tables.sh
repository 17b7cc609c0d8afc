# Tables and folders as they come: other columns, other line ends, labels of any form, sets that overlap.

small=("$musiq" pretrain --config small.yaml)
cat >small.yaml <<'YAML'
model: {hiddenSize: 32, layerCount: 1, headCount: 2, mlpSize: 32, stemChannels: 8, blockChannels: 16,
        groupCount: 4, multiscale: {patchSize: 16, hashGrid: 4, longerSideLengths: [32], nativePatchCap: 16}}
augmentation: {crop: {enabled: false}}
schedule: {steps: 2, warmupSteps: 1}
parallel: {globalBatchSize: 8, gradientShards: 4, workers: 1}
run: {evaluateEveryEpochs: 1}
YAML
mkdir photos
for k in 0 1 2 3 4 5 6 7; do
  { printf 'P6\n40 32\n255\n'; head -c 3840 /dev/zero | tr '\0' "\\$((k + 101))"; } >photos/$k.ppm
done
# table NAME COLUMNS FORMAT…: a row for each photograph, its number for %d.
table() {
  local k
  { echo "$2"; for k in 0 1 2 3 4 5 6 7; do printf "$3\n" $k $((k % 4)); done; } >"$1"
}
# A folder of links to the photographs: the byte order mark and the letters of its name are no hindrance.
mkdir données && cp photos/* données

case_ 'columns of any name are read by --column, images of any folder by --images'
table other.csv 'filename,rating' '%d.ppm,%d'
run 4 "${small[@]}" --set data.train=other.csv --images photos --dry-run
says "other.csv:1: expected a column 'mos', 'label' or 'c1' to 'cK', found filename, rating; .*data.columns: \[mos=…\]"
columns=(--column path=filename --column mos=rating --images photos)
run 0 "${small[@]}" --set data.train=other.csv "${columns[@]}" --run renamed
says 'training labels: 8 scores, 0 to 3'
grep -q 'imageRoot: "*photos' renamed/config.yaml || problem 'config.yaml lacks the folder of the images'
run 0 "$musiq" plan --config small.yaml --set data.train=other.csv "${columns[@]}"
run 0 "$musiq" evaluate --checkpoint renamed/checkpoints/step-000000002.h5 --set data.manifest=other.csv \
  "${columns[@]}" --bootstrap 0
prints '8 images, 0 unreadable'
run 0 "$musiq" data stats other.csv "${columns[@]}"
prints '^rating: n 8'
run 0 "$musiq" data index --manifest other.csv "${columns[@]}" -o other.index
prints '8 images'
run 0 "$musiq" data split other.csv --column path=filename --ratio 6:2 -o other-split.csv
same "$(head -1 other-split.csv)" filename,rating,split header
run 2 "$musiq" data stats other.csv --column rating
says '--column: expected name=column, each name once, found rating'
run 4 "$musiq" data stats other.csv --column path=bild
says "no column 'bild', which is to be read as 'path'; there are filename, rating"

case_ 'line ends, byte order marks and forms of a path do not change what is read'
table plain.csv path,mos 'photos/%d.ppm,%d'
run 0 "$musiq" data index --manifest plain.csv -o plain.index
digest_of_index() { sed 's/.*digest //' out; }
want=$(digest_of_index)
tr '\n' '\r' <plain.csv >returns.csv
{ printf '\xef\xbb\xbf'; sed 's/$/\r/' plain.csv; printf ',\r\n  \r\n'; } >windows.csv
sed '2,$s#^#./#; s#photos/#photos//#' plain.csv >forms.csv
sed "2,\$s#^#$PWD/#" plain.csv >absolute.csv
for form in returns windows forms absolute; do
  run 0 "$musiq" data index --manifest $form.csv -o x.index
  same "$(digest_of_index)" "$want" "digest of $form.csv"
done
sed "2,\$s#^photos#$PWD/données#" plain.csv >données/t.csv
run 0 "$musiq" data index --manifest données/t.csv -o x.index
prints '8 images'
no_crash
{ printf '\xef\xbb\xbf'; cat small.yaml; } >marked.yaml
run 0 "$musiq" plan --config marked.yaml --set data.train=plain.csv

case_ 'whole numbers are the same classes however they are written; a label that is missing is told'
table int.csv path,label 'photos/%d.ppm,%d'
run 0 "$musiq" data index --manifest int.csv -o int.index
want=$(digest_of_index)
table float.csv path,label 'photos/%d.ppm, +%d.0'
run 0 "$musiq" data index --manifest float.csv -o float.index
same "$(digest_of_index)" "$want" 'digest of 1.0'
sed '3s/,.*/,NA/; 5s/,.*/,-1/' int.csv >gaps.csv
on 2 4 pretrain --config small.yaml --set data.train=gaps.csv --run gaps
says_once "gaps.csv:3: 2 of 8 rows have no label: line 3 \('NA'\), line 5 \('-1'\); correct them, or set data.missingLabels"
run 0 "${small[@]}" --set data.train=gaps.csv --set data.missingLabels=leaveOut --run gaps
says '2 of 8 rows have no label and are left out, the first is line 3'
{ cat int.csv; echo photos/0.ppm,200000; } >far.csv
run 4 "$musiq" data index --manifest far.csv -o x.index
says 'far.csv:10: label 200000 would make 200001 classes of 9 rows'

case_ 'labels that were corrected after a failed start are read'
table scores.csv path,mos 'photos/%d.ppm,30%d'
start=("${small[@]}" --set data.train=scores.csv --set 'data.scoreRange=[0, 100]' --set data.indexDirectory=kept
  --run corrected)
run 4 "${start[@]}"
[ ! -e kept ] || problem 'an index was kept before it was checked'
table scores.csv path,mos 'photos/%d.ppm,1%d'
run 0 "${start[@]}"
says 'training labels: 8 scores, 10 to 13'
same "$(ls kept | wc -l)" 1 'kept indices'

case_ 'runs that share a folder of indices at once never use the labels of another'
for k in 0 1 2 3; do
  table shared-$k.csv path,mos "photos/%d.ppm,$k%d"
  timeout 60 "${small[@]}" --set data.train=shared-$k.csv --set data.indexDirectory=shared --run shared-$k \
    >/dev/null 2>err-$k </dev/null &
done
wait
for k in 0 1 2 3; do
  grep -q "training labels: 8 scores, ${k#0}0 to ${k#0}3" err-$k || problem "run $k: $(tail -1 err-$k)"
done
same "$(ls shared | wc -l)" 4 'kept indices'

case_ 'held-out rows do not train, and images in both sets are refused'
table split.csv path,mos,Split 'photos/%d.ppm,%d,train'
sed -i '4,5s/train/test/' split.csv  # scores 2 and 3
run 0 "${small[@]}" --set data.train=split.csv --set data.validation=split.csv --run parts
says 'training labels: 6 scores, 0 to 3'
says 'validation labels: 2 scores, 2 to 3'
run 0 "$musiq" evaluate --checkpoint parts/checkpoints/step-000000002.h5 --bootstrap 0
prints '2 images, 0 unreadable'
ln -s photos links
printf 'path,mos\nlinks/7.ppm,1\n./photos//3.ppm,2\n' >held.csv
on 2 4 pretrain --config small.yaml --set data.train=plain.csv --set data.validation=held.csv --run leak
says_once "2 of 2 validation images in '.*' are training images, too: 'links/7.ppm' is 'photos/7.ppm', 'photos/3.ppm'\. "
run 0 "${small[@]}" --set data.train=plain.csv --set data.validation=held.csv --set data.overlap=allowed --run leak
says 'warning: 2 of 2 validation images'
printf 'path,mos\ncopy.ppm,1\n' >held.csv
cp photos/5.ppm copy.ppm
run 0 "${small[@]}" --set data.train=plain.csv --set data.validation=held.csv --run copies
run 4 "${small[@]}" --set data.train=plain.csv --set data.validation=held.csv --set data.overlap=contents --dry-run
says "'copy.ppm' is 'photos/5.ppm'"

case_ 'a table that is split is split again only when asked, in its own column'
run 4 "$musiq" data split split.csv --ratio 6:2 -o again.csv
says "split.csv is split already: it has the column 'Split'; keep its split, or replace it with --replace"
[ ! -e again.csv ] || problem 'it was written'
run 0 "$musiq" data split split.csv --ratio 6:2 --replace -o again.csv
same "$(head -1 again.csv)" path,mos,Split header
prints 'again.csv: Split: train 6, validation 2, test 0'

case_ 'one file of two names is found by check; where nothing can be read, stats is exit 4'
{ cat plain.csv; echo ./photos/1.ppm,1; echo links/2.ppm,2; } >names.csv
run 4 "$musiq" data check names.csv
prints '1 paths are there more than once: photos/1.ppm'
prints '1 files are there under several names: photos/2.ppm = links/2.ppm'
run 4 "$musiq" data stats plain.csv --images links
says '8 of 8 images cannot be read, .*No such file or directory; give their folder with --images'

case_ 'archives are named, with what to do'
tar -cf train.tar photos
for source in data.train data.manifest; do
  run 4 "${small[@]}" --set $source=train.tar --run x
  says "cannot use 'train.tar' as a data set: it is a tar archive; extract it"
done
cp int.csv labels.txt
run 4 "${small[@]}" --set data.train=labels.txt --run x
says "it is text, but its name ends neither in .csv nor in .tsv; rename it"

case_ 'images in folders of a class are used, other files are counted'
mkdir -p set/a/images set/b
cp photos/[0-3].ppm set/a/images && cp photos/[4-7].ppm set/b
echo '1 2 3 4' >set/a/a_boxes.txt
echo free >set/LICENSE
run 0 "$musiq" data index --images set -o set.index
prints '8 images, 2 classes, 1 excluded'
says '1 of 9 files are no images and left out \(.txt 1\), .*a/a_boxes.txt'
says "1 file beside the class folders is left out: 'LICENSE'"
says "4 of 8 images lie in folders below their class folders, such as 'a/images'"

# Data that is missing, empty, odd or damaged.

case_ 'a missing data directory is exit 4, said once by three ranks'
on 3 4 "${tiny[@]}" --run r --set data.train=nowhere
says_once "error on rank 0 .*: cannot read data 'nowhere': No such file or directory"
within 10
prints_nothing
run 4 "$musiq" "${tiny[@]}" --run r --set data.train=
says 'no data set given; set data.train'

case_ 'an empty data directory is exit 4'
mkdir empty
run 4 "$musiq" "${tiny[@]}" --run r --set data.train=empty
says "no classes in '.*/empty': expected one folder of images per class; the folder is empty"

case_ 'zero classes are exit 4 with the way out'
mkdir flat && cp data/train/*/*_0.JPEG flat
run 4 "$musiq" "${tiny[@]}" --run r --set data.train=flat
says "no classes in '.*/flat'.*found 8 files directly in it; label them with a manifest"
mkdir -p hollow/a hollow/b
run 4 "$musiq" "${tiny[@]}" --run r --set data.train=hollow
says "no images in '.*/hollow': there are classes, but no files"
run 4 "$musiq" "${tiny[@]}" --run r --set data.train=data
says "hold folders, not images; did you mean '.*/data/train'\?"

case_ 'a validation set of other classes is exit 4'
mkdir -p other/x && cp flat/*_0.JPEG other/x
run 4 "$musiq" "${tiny[@]}" --run r --set data.validation=other
says 'does not have: 1 \(x\)'

case_ 'nothing but unusable files is exit 4 with an example'
mkdir -p text/a && cp "$fixtures/text.jpg" text/a/1.JPEG
on 2 4 "${tiny[@]}" --run r --set data.train=text
says_once "no usable images in '.*/text'; the first unusable one: a/1.JPEG: expected JPEG, PNG"

# Odd but valid images, and some that are not.
cp -r data odd
folders=(odd/train/*)
add() { cp "$fixtures/$1" "${folders[$2]}/odd-$1.JPEG"; }
add png-named.jpg 0
add gray.jpg 1
add cmyk.jpg 2
add ycck.jpg 3
add one-pixel.jpg 4
add tall-1x4000.jpg 5
add progressive.jpg 6

case_ 'PNG named JPEG, gray, CMYK, 1 × 1 and 1 × 4000 images are used'
run 0 "$musiq" "${tiny[@]}" --run odd-1 --set data.train=odd/train
says '71 images in 8 classes'
grep -qE 'warning|skipped' err && problem 'there are warnings'
[ "$(grep -c '"skipped":[1-9]' odd-1/metrics.jsonl)" = 0 ] || problem 'images were skipped'
on 3 0 "${tiny[@]}" --run odd-3 --set data.train=odd/train
same "$(digest odd-3)" "$(digest odd-1)" 'digest on 3 ranks'
on 2 0 evaluate --checkpoint odd-1/checkpoints/step-000000006.h5 --set data.manifest=odd/train \
  --output scores.csv
prints '\(71 images, 0 unreadable\)'
same "$(grep -c ',ok$' scores.csv)" 71 'rows of scores.csv'

case_ 'unreadable headers are excluded, told with an example'
add empty.jpg 7
add text.jpg 7
on 2 0 "${tiny[@]}" --run excluded --set data.train=odd/train
says_once "2 of 73 files are unusable and left out, the first is '.*/odd-empty.jpg.JPEG': the file is empty"
on 2 0 data index --images odd/train -o odd.index
prints 'odd.index: 71 images, 8 classes, 2 excluded'
says 'excluded .*/odd-text.jpg.JPEG: expected JPEG, PNG, WebP, TIFF, BMP or PPM'
run 0 "$musiq" "${tiny[@]}" --run by-index --set data.train=odd.index
same "$(digest by-index)" "$(digest odd-1)" 'digest by index'

case_ 'a corrupt JPEG is skipped in training, counted, named and logged; same digest on 1 and 3 ranks'
for number in 1 4 6; do
  victim=$(ls "${folders[$number]}"/n*.JPEG | head -1)
  truncate -s $(($(stat -c %s "$victim") / 2)) "$victim"
done
run 0 "$musiq" "${tiny[@]}" --run corrupt-1 --set data.train=odd/train
on 3 0 "${tiny[@]}" --run corrupt-3 --set data.train=odd/train
same "$(digest corrupt-3)" "$(digest corrupt-1)" 'digest on 3 ranks'
[ "$(digest corrupt-1)" != "$(digest odd-1)" ] || problem 'the damage changed nothing'
for run in corrupt-1 corrupt-3; do
  same "$(grep -c '"event":"skipped"' $run/metrics.jsonl)" 6 "events skipped of $run"
  same "$(grep -o '"skipped":[0-9]*' $run/metrics.jsonl | awk -F: '{ n += $2 } END { print n }')" 6 \
    "samples counted as skipped in $run"
done
says "warning: skipped .*${victim#*/}: the JPEG file ends too early"
prints 'skipped     6 of 142 samples'

case_ 'data.salvage uses what is left of corrupt images, counted, named and logged'
run 0 "$musiq" "${tiny[@]}" --run salvaged --set data.train=odd/train --set data.salvage=true
# Nothing is left of one of the three: it is cut in its first rows.
same "$(grep -c '"event":"salvaged"' salvaged/metrics.jsonl)" 4 'events salvaged'
same "$(grep -c '"event":"skipped"' salvaged/metrics.jsonl)" 2 'events skipped'
prints 'salvaged    4 of 142 samples'
says 'warning: used the sound part of .*_0.JPEG: Premature end of JPEG file at row [0-9]+ of'
[ "$(digest salvaged)" != "$(digest corrupt-1)" ] || problem 'nothing was salvaged'

case_ 'too many corrupt images are exit 4 with the remedy'
cp -r data spoiled
for victim in spoiled/train/*/*.JPEG; do truncate -s $(($(stat -c %s "$victim") / 2)) "$victim"; done
on 3 4 "${tiny[@]}" --run spoiled-run --set data.train=spoiled/train
says 'samples could not be read, more than data.maxBadFraction = 0.001 allows; see the events'
within 10

case_ 'evaluation counts unreadable images'
on 2 0 evaluate --checkpoint odd-1/checkpoints/step-000000006.h5 --set data.manifest=odd/train \
  --output scores.csv
prints '\(68 images, 3 unreadable\)'
says 'warning: skipped .*ends too early'
same "$(grep -c ',error$' scores.csv)" 3 'error rows of scores.csv'
on 2 0 evaluate --checkpoint odd-1/checkpoints/step-000000006.h5 --set data.manifest=odd/train \
  --set data.salvage=true --output scores.csv
prints '\(70 images, 1 unreadable, 2 salvaged\)'
same "$(grep -c ',salvaged$' scores.csv)" 2 'salvaged rows of scores.csv'

case_ 'results that cannot be written are exit 8'
run 8 "$musiq" data index --images data/train -o nowhere/train.index
says "cannot write index 'nowhere/train.index': No such file or directory"
run 8 "$musiq" data synth --kind classification --count 80 --output tiny.yaml/data
says 'tiny.yaml/data.*: cannot write: Not a directory'
on 2 8 evaluate --checkpoint odd-1/checkpoints/step-000000006.h5 --output tiny.yaml/scores.csv
says 'cannot write tiny.yaml/scores.csv: Not a directory'
within 10

case_ 'a synthetic set does not mix with other files'
run 4 "$musiq" data synth --kind classification --count 90 --output data
says 'data is not empty .* and was not made by the same request; name another folder'
run 2 "$musiq" data synth --kind classification --count 3 --output new
says 'count: expected 40 to 10000000, found 3'

case_ 'a workload that is missing or none is exit 4'
run 4 "$musiq" bench step --workload none.json
says "cannot read workload 'none.json': No such file or directory"
run 4 "$musiq" bench step --workload tiny.yaml
says 'tiny.yaml is no workload: expected JSON such as'

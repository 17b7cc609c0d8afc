# Label files as they are shipped, and commands over manifests.

iqa=$here/../Fixtures/iqa
cp -r "$iqa" sets && chmod -R u+w sets
# images FOLDER NAME…: readable images of these names.
images() {
  local folder=$1 name
  shift
  for name in "$@"; do
    mkdir -p "$(dirname "$folder/$name")"
    cp "$fixtures/baseline.jpg" "$folder/$name"
  done
}
mapfile -t koniq_names < <(tail -n +2 sets/koniq/koniq10k_distributions_sets.csv | cut -d, -f1)
images sets/koniq/1024x768 "${koniq_names[@]}"
images sets/spaq/TestImage $(printf '%05d.jpg ' {1..12})
images sets/ava/images $(printf '%d.jpg ' {953619..953630})
images sets/kadid/images $(tail -n +2 sets/kadid/dmos.csv | cut -d, -f1)
images sets/paq2piq $(tail -n +2 sets/paq2piq/labels_image.csv | cut -d, -f1)

case_ 'help of the commands over manifests has examples'
for command in import split stats check; do
  run 0 "$musiq" data $command --help
  prints '^  (musiq-dist|mpirun)'
done

case_ 'sets are imported as they are shipped; results on stdout, statistics on stderr'
run 0 "$musiq" data import koniq --root sets/koniq -o koniq.csv
prints '^koniq.csv: 12 rows, train 8, validation 1, test 3, 0 left out, digest [0-9a-f]{16}$'
same "$(wc -l <out)" 1 'lines on stdout'
says '^mos: n 12, unique 12, mean'
says 'median .* p99'
says '\| #+ 1'
same "$(head -1 koniq.csv)" path,mos,std,split,c1,c2,c3,c4,c5 header
run 0 "$musiq" data import spaq --root sets/spaq -o spaq.csv
same "$(sed -n 5p spaq.csv)" TestImage/00004.jpg,29.99,35.3,36.3,37.3,38.3,39.3 row
run 0 "$musiq" data import paq2piq --root sets/paq2piq -o paq2piq.csv
says 'mos is exactly 0 for blur_dataset/motion0091.jpg'
grep -qF 'voc_emotic_ava/AVA__a=b<c.jpg,35.0131,train' paq2piq.csv || problem 'no name with = and <'
run 0 "$musiq" data import ava --root sets/ava -o ava.csv
prints 'test 3'
run 0 "$musiq" data import pyiqa --root sets/koniq --labels "$iqa/pyiqa/meta_info_KonIQ10kDataset.csv" \
  --split-column ratio802_seed123_split_01 -o pyiqa.csv
prints 'train 9, validation 0, test 3'
on 3 0 data import koniq --root sets/koniq -o ranks.csv
same "$(cat out | wc -l)" 1 'lines on stdout of three ranks'
same "$(md5sum <ranks.csv)" "$(md5sum <koniq.csv)" manifest

case_ 'scores of another scale are exit 4 with the remedy, and nothing is written'
run 4 "$musiq" data import koniq --root sets/koniq -o wrong.csv \
  --labels koniq10k_scores_and_distributions.csv --mos-column MOS
says 'mos looks like 1-5 .* but koniq has 0-100: use --mos-column MOS_zscore, or --mos-range 1:5'
says '^mos: n 12'
prints_nothing
[ ! -e wrong.csv ] || problem 'a manifest was written'
run 0 "$musiq" data import koniq --root sets/koniq -o ratings.csv \
  --labels koniq10k_scores_and_distributions.csv --mos-range 1:5
# The manifest on the other scale does not train as one of 0 to 100, nor the reverse.
confused=(finetune --set data.imageRoot=sets/koniq --set 'data.targets=[mos]' --run confused)
on 2 4 "${confused[@]}" --set data.manifest=ratings.csv --set 'data.scoreRange=[0, 100]'
says_once 'they look like 1-5 \(min 1.7333, max [0-9.]+\), but data.scoreRange is 0-100: .*data.targets'
on 2 4 "${confused[@]}" --set data.manifest=koniq.csv --set 'data.scoreRange=[1, 5]'
says_once 'they look like 0-100 \(min .*\), but data.scoreRange is 1-5'
[ ! -e confused/checkpoints ] || problem 'it began'
run 2 "$musiq" data import koniq --root sets/koniq -o x.csv --mos-range 5:1
run 2 "$musiq" data import koniiq --root sets/koniq -o x.csv
run 4 "$musiq" data import ava --root sets/koniq -o x.csv
says "no labels in 'sets/koniq': expected AVA.txt"
run 8 "$musiq" data import koniq --root sets/koniq -o nowhere/x.csv

case_ 'missing images are exit 4 with their names, or left out when asked'
rm "sets/ava/images/953621.jpg"
run 4 "$musiq" data import ava --root sets/ava -o x.csv
says "1 of 12 images are not in 'sets/ava/images': 953621.jpg; add them, or .* --skip-missing"
run 0 "$musiq" data import ava --root sets/ava -o ava.csv --skip-missing
prints '11 rows.* 1 left out'

case_ 'a damaged sheet is exit 4'
head -c 3000 'sets/spaq/Annotations/MOS and Image attribute scores.xlsx' >sets/spaq/cut.xlsx
run 4 "$musiq" data import spaq --root sets/spaq --labels cut.xlsx -o x.csv
says "cannot use 'sets/spaq/cut.xlsx': no complete zip archive"
no_crash

case_ 'splits keep groups together and are the same again'
run 0 "$musiq" data import kadid --root sets/kadid -o kadid.csv
run 0 "$musiq" data split kadid.csv --ratio 2:0:1 -o split.csv
says "3 groups of 'group' stay together"
prints 'split: train 8, validation 0, test 4'
run 0 "$musiq" data check split.csv --images sets/kadid
run 0 "$musiq" data split koniq.csv --ratio 8:1:1 --count 10 -o ten.csv
same "$(head -1 ten.csv | tr , '\n' | grep -c '^ratio811_seed0_split_')" 10 'numbered splits'
prints 'ratio811_seed0_split_10: train 10, validation 1, test 1'
run 0 "$musiq" data split koniq.csv --ratio 8:1:1 --count 10 -o again.csv
same "$(md5sum <again.csv)" "$(md5sum <ten.csv)" 'second split'
run 2 "$musiq" data split koniq.csv --ratio 8 -o x.csv
run 4 "$musiq" data split kadid.csv --ratio 8:1:1 -o x.csv
says '3 groups are too few: (validation|test) of split would be empty'

case_ 'statistics show labels, parts and sizes, on any number of ranks'
run 0 "$musiq" data stats koniq.csv --images sets/koniq
prints '^mos: n 12'
prints '^split: train 8, validation 1, test 3$'
prints '^images: 12 of 12 can be read$'
prints 'megapixels: min'
prints 'tokens, native patches at most'
cp out stats-1
on 3 0 data stats koniq.csv --images sets/koniq --workers 2
same "$(md5sum <out)" "$(md5sum <stats-1)" statistics

case_ 'a check finds bad files, paths that are there twice, and leaks'
on 2 0 data check koniq.csv --images sets/koniq --decode
prints '^koniq.csv: 12 files, 0 bad, ok$'
head -c 500 "$fixtures/baseline.jpg" >"sets/koniq/1024x768/${koniq_names[4]}"
rm "sets/koniq/1024x768/${koniq_names[7]}"
on 3 4 data check koniq.csv --images sets/koniq --decode --fix-list bad.txt
prints "^1024x768/${koniq_names[4]}: "
prints "^1024x768/${koniq_names[7]}: .*No such file"
prints '12 files, 2 bad$'
same "$(tr '\n' ' ' <bad.txt)" "1024x768/${koniq_names[4]} 1024x768/${koniq_names[7]} " 'list of bad files'
sed 's/,train,/,test,/;3p' split.csv >twice.csv
run 4 "$musiq" data check twice.csv --images sets/kadid
prints '1 paths are there more than once'
awk -F, -v OFS=, 'NR == 2 { $NF = ($NF == "test") ? "train" : "test" } { print }' split.csv >leak.csv
run 4 "$musiq" data check leak.csv --images sets/kadid
prints '1 groups are in several parts of split: I01.png'
on 2 4 data check nowhere.csv
says "cannot read 'nowhere.csv': No such file"

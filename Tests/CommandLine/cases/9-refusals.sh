# docs/refusals.md, row by row: the input is made, the program meets it, and exit code and words are compared with
# what the page says.

page=$here/../../docs/refusals.md
npz=$(realpath "$here/../Fixtures/npz")
met=()

# row INPUT COMMAND…: the row of the page whose first cell is INPUT. With DRAFT=1 the rows are printed instead.
row() {
  local input=$1 line code said
  shift
  if [ -n "${DRAFT:-}" ]; then
    timeout 60 "$@" >out 2>err </dev/null
    echo "== $input: $?"
    grep -hE '^musiq-dist: |error|warning|note' err out | cut -c1-300 | head -5
    return
  fi
  [ "$(grep -cF "| $input |" "$page")" = 1 ] || { problem "not one row of the page: $input"; return; }
  line=$(grep -F "| $input |" "$page")
  met+=("$input")
  code=$(awk -F ' *[|] *' '{ print $4 }' <<<"$line")
  said=$(sed -E 's/.*[|] `(.*)` [|]$/\1/' <<<"$line")
  run "$code" "$@"
  grep -qF -- "$said" out err || problem "$input: not said: $said"
  no_crash
}

# images NAME FIXTURE: a set of two classes, one of them with the fixture.
images() {
  rm -rf "$1" && mkdir -p "$1/a" "$1/b"
  cp data/train/"$(ls data/train | head -1)"/* "$1/a"
  cp data/train/"$(ls data/train | tail -1)"/* "$1/b"
  [ -z "${2:-}" ] || cp "$fixtures/$2" "$1/b/odd.JPEG"
}

# table NAME LINE…: a table beside its images.
table() {
  local name=$1
  shift
  printf '%s\n' "$@" >"data/$name"
}

index=("$musiq" data index --output x.index)
train=("$musiq" "${tiny[@]}" --run r --resume never --set schedule.steps=1 --set schedule.warmupSteps=0 --set data.validation=)
predict=("$musiq" predict --checkpoint "$npz/tiny-stored.npz" --max-patches 8 --strict)
first=$(cd data && find train -name '*.JPEG' | sort | head -1)
second=$(cd data && find train -name '*.JPEG' | sort | tail -1)

case_ 'the page of refusals: images'
images set empty.jpg
row 'a file without a byte' "${index[@]}" --images set
images set text.jpg
row 'a page of the web, saved as an image' "${predict[@]}" set/b/odd.JPEG
row 'a HEIC file of a telephone' "${predict[@]}" "$fixtures/heic.jpg"
row 'a GIF, AVIF, JPEG XL, BigTIFF or camera raw file' "${predict[@]}" "$fixtures/gif.jpg"
row 'a header that declares 100,000 pixels a side' "${predict[@]}" "$fixtures/declares-100000x100000.png"
row 'an image that is cut short' "${predict[@]}" "$fixtures/truncated-50.jpg"
row 'an image that is cut short, with `--salvage` or `data.salvage`' \
  "${predict[@]}" --salvage "$fixtures/truncated-50.jpg"
row 'noise over a part of a JPEG' "${predict[@]}" "$fixtures/noise-in-restart-interval.jpg"
row 'a PNG with a wrong checksum' "${predict[@]}" "$fixtures/wrong-checksum.png"
row 'a JPEG with odd but harmless bytes' "${predict[@]}" "$fixtures/odd-spectral-end.jpg"
row 'a PNG with a name that ends in .jpg' "${predict[@]}" "$fixtures/png-named.jpg"
row 'CMYK, gray, 16 bits, alpha' "${predict[@]}" "$fixtures/ycck.jpg"
mkfifo pipe.jpg
row 'a pipe or a device in place of an image' "${predict[@]}" pipe.jpg
row 'an image that is not there' "${predict[@]}" nowhere.jpg

case_ 'the page of refusals: tables'
table t.csv 'name;rating' "$first;3"
row 'a table without a column of paths or labels' "${index[@]}" --manifest data/t.csv
table t.csv path,label "$first,0.0" "$second,1.0"
row 'labels written as 0.0, 1.0, …' "${index[@]}" --manifest data/t.csv
table t.csv path,label "$first,0" "$second,"
row 'a row without a label' "${index[@]}" --manifest data/t.csv
table t.csv path,label "$first,0" "$second,NA"
row 'a label `NA`, `nan` or `-1`' "${index[@]}" --manifest data/t.csv
table t.csv path,label "$first,1" "$second,2"
row 'labels that begin at 1' "${index[@]}" --manifest data/t.csv
table t.csv path,label "$first,0" "$second,200000"
row 'one label far above all others' "${index[@]}" --manifest data/t.csv
table t.csv path,mos "$first,3" "$second,nan"
row 'a score that is not a number' "${index[@]}" --manifest data/t.csv
table t.csv path,mos "$first,3" "../../etc/passwd,4"
row 'a path that leaves the folder of the images' "${index[@]}" --manifest data/t.csv
table t.csv path,label "$first,0" "./$first,0" "$second,1"
row 'one image in two rows' "${index[@]}" --manifest data/t.csv
printf '\xef\xbb\xbfpath;mos\r%s;3\r%s;4\r' "$first" "$second" >data/t.csv
row 'a byte order mark, semicolons, line ends of old Macs' "${index[@]}" --manifest data/t.csv
{
  echo path,mos,split
  (cd data && find train -name '*.JPEG' | sort | head -8) | awk '{ print $0 "," 1 + NR / 3 "," (NR > 6 ? "validation" : "train") }'
} >data/t.csv
row 'scores on another scale than `data.scoreRange`' \
  "${train[@]}" --set data.manifest=data/t.csv --set data.train= --set data.scoreRange=[0,100]
table t.csv path,mos "$first,3.1" "$second"
row 'a row with fewer fields than the header' "${index[@]}" --manifest data/t.csv
table t.csv path,mos,Split "$first,3.1,train" "$second,4,test"
row '`data split` of a table that has a split' "$musiq" data split data/t.csv --ratio 1:1 --output x.csv

case_ 'the page of refusals: folders and archives'
mkdir -p hollow/a hollow/b
row 'a folder without class folders' "${index[@]}" --images data/train/"$(ls data/train | head -1)"
row 'class folders without images' "${index[@]}" --images hollow
images set && mkdir set/b/deeper && mv set/b/*_1*.JPEG set/b/deeper && echo 'x 1 2' >set/b/boxes.txt
row 'images in folders below a class folder, and other files' "${index[@]}" --images set
images set && cp "$fixtures/gray.jpg" "$(printf 'set/b/gr\xfcn.jpg')"
row 'a name that is no UTF-8' "${index[@]}" --images set
tar -cf set.tar set
row 'a tar as a data set' "${train[@]}" --set data.train=set.tar

case_ 'the page of refusals: sets that meet'
images three && mkdir three/c && cp three/a/*_1*.JPEG three/c
images two
run 0 "$musiq" "${tiny[@]}" --run classes --set schedule.steps=1 --set schedule.warmupSteps=0 --set data.train=two --set data.validation=
row 'validation with a class that training lacks' \
  "${train[@]}" --set data.train=two --set data.validation=three
row '`evaluate` with a class that the model lacks' \
  "$musiq" evaluate --checkpoint classes/checkpoints/step-000000001.h5 --set data.manifest=three
mkdir -p subset && cp -r two/b subset
row '`evaluate` with some of the classes of the model' \
  "$musiq" evaluate --checkpoint classes/checkpoints/step-000000001.h5 --set data.manifest=subset
row 'validation images that train, too' "${train[@]}" --set data.train=two --set data.validation=two

case_ 'the page of refusals: settings'
row 'a key that does not exist' "${train[@]}" --set optimizer.learningrat=1
row 'a value out of its range' "${train[@]}" --set optimizer.beta1=2
printf 'a: &a [x, x]\nb: [*a, *a]\n' >bomb.yaml
row 'YAML with anchors and aliases' "$musiq" pretrain --config bomb.yaml --run r
row 'more workers than shards' "${train[@]}" --set parallel.workers=9

case_ 'the page of refusals: checkpoints and models'
row 'a checkpoint that is another file' "$musiq" evaluate --checkpoint tiny.yaml --set data.manifest=two
row 'a checkpoint that is not there' "$musiq" evaluate --checkpoint nowhere.h5 --set data.manifest=two
cp -r classes cut && truncate -s 5000 cut/checkpoints/step-000000001.h5
row 'nothing but damaged checkpoints in a run' \
  "$musiq" "${tiny[@]}" --run cut --set schedule.steps=1 --set schedule.warmupSteps=0 --set data.train=two --set data.validation=

case_ 'the page of refusals: runs'
cp -r two other && rm "$(find other/b -name '*.JPEG' | head -1)"
row 'a resume with other images' \
  "$musiq" "${tiny[@]}" --run classes --set schedule.steps=1 --set schedule.warmupSteps=0 --set data.train=other --set data.validation=
row 'a resume with another seed' \
  "$musiq" "${tiny[@]}" --run classes --set schedule.steps=1 --set schedule.warmupSteps=0 --set data.train=two --set data.validation= --set run.seed=9
images spoiled && for file in spoiled/*/*.JPEG; do truncate -s $(($(stat -c %s "$file") / 2)) "$file"; done
row 'too many images that cannot be read' "${train[@]}" --set data.train=spoiled --set schedule.steps=9
row 'a loss that is no number' \
  "${train[@]}" --run div --set data.train=two --set optimizer.learningRate=1e6 --set optimizer.clipNorm=0 \
  --set schedule.warmupSteps=0 --set schedule.steps=9
row 'images of which none can be scored' "${predict[@]}" "$fixtures/text.jpg" "$fixtures/empty.jpg"
run 0 "${predict[@]}" --output o.csv "$fixtures/gray.jpg"
row '`--skip-existing` on rows of another model or of other settings' \
  "${predict[@]}" --max-patches 9 --output o.csv --skip-existing "$fixtures/gray.jpg"
row 'a standard output that is full' bash -c "$musiq ${predict[*]:1} $fixtures/gray.jpg >/dev/full"

case_ 'the page of refusals has no other rows'
while read -r input; do
  printf '%s\n' "${met[@]}" | grep -qxF -- "$input" || problem "not tried: $input"
done < <(awk -F ' *[|] *' '$4 ~ /^[0-9]+$/ { print $2 }' "$page")
[ "${#met[@]}" -gt 40 ] || problem "only ${#met[@]} rows were tried"

# Figures of quality: evaluate on opinion scores, and what predict says about a score.

npz=$here/../Fixtures/npz
predict=(predict --checkpoint "$npz/tiny-stored.npz" --max-patches 8)
quality=(evaluate --checkpoint "$npz/tiny-stored.npz" --set model.multiscale.nativePatchCap=8
  --set data.manifest=opinions/set.csv)

# Images with opinions, counts of ratings, attributes and a split; one is damaged, one is not an image.
mkdir -p opinions
for image in baseline progressive q30-422 q95-444 restart optimized ycck cmyk; do
  cp "$fixtures/$image.jpg" opinions/
done
cp "$fixtures"/{rgb-8,rgba-8,interlaced,gray-8,palette-4}.png "$fixtures"/truncated-50.jpg opinions/
cp "$fixtures"/text.jpg opinions/
python3 - <<'PY'
import os
names = sorted(os.listdir('opinions'))
with open('opinions/set.csv', 'w') as f:
    f.write('path,mos,split\n')
    for i, name in enumerate(names):
        f.write(f'{name},{i * 7 % 15 + 0.5},{"train" if i % 3 == 0 else "test"}\n')
with open('opinions/ratings.csv', 'w') as f:
    f.write('path,' + ','.join(f'c{k + 1}' for k in range(10)) + '\n')
    for i, name in enumerate(names):
        f.write(name + ',' + ','.join(str((i * 7 + k * 3) % 11 + 1) for k in range(10)) + '\n')
PY

case_ 'evaluate prints correlations with intervals, the same bytes on 1 and 3 ranks'
run 0 "$musiq" "${quality[@]}" --bootstrap 200 --output q-1.csv --report q-1.json
prints '^SRCC -?[0-9.]+  PLCC .*\(13 images, 1 unreadable\)'
for metric in srcc krcc plcc rmse mae; do
  prints "^$metric +-?[0-9]\\.?[0-9]* +\\[-?[0-9.]+, -?[0-9.]+\\]|^$metric +[0-9.]+ +\\[[0-9.]+, [0-9.]+\\]"
done
prints '^plcc_logistic4 +[0-9.]+$'
prints 'of 200 bootstrap resamples, seed 0'
says 'all rows of opinions/set.csv are used, also those of training; --split test chooses'
cp out out-1
on 3 0 "${quality[@]}" --bootstrap 200 --output q-3.csv --report q-3.json
for file in csv json; do cmp -s q-1.$file q-3.$file || problem "the $file differs on 3 ranks"; done
cmp -s out out-1 || problem 'the report differs on 3 ranks'
same "$(head -1 q-1.csv)" 'path,mos,score,error,model,status' 'header'
same "$(grep -c ',ok$' q-1.csv) $(grep -c ',error$' q-1.csv) $(grep -c ',excluded$' q-1.csv)" \
  '13 1 1' 'rows'
python3 - <<'PY' || problem 'the report is not what it should be'
import json
report = json.load(open('q-1.json'))
assert report['set']['images'] == 14 and report['set']['excluded'] == 1
model = report['models'][0]
assert model['result']['n'] == 13 and model['result']['failed'] == 1
assert len(model['parametersSha256']) == 64 and model['decode']['dct'] == 'fast'
srcc = model['result']['metrics']['srcc']
assert srcc['low'] <= srcc['value'] <= srcc['high']
assert model['result']['metrics']['plcc_logistic4']['low'] is None
PY

case_ 'a split is chosen, and refused where there is none'
run 0 "$musiq" "${quality[@]}" --split test --bootstrap 0
prints 'split test, index [0-9a-f]{16}'
prints '^srcc +-?[0-9.]+$'
grep -q 'all rows' err && problem 'warns about all rows'
on 2 4 "${quality[@]}" --set data.manifest=opinions/ratings.csv --split test
says "--split test: opinions/ratings.csv has no column 'split'; --split all uses all rows"
run 2 "$musiq" "${quality[@]}" --split testing
run 2 "$musiq" "${quality[@]}" --bootstrap -1
run 2 "$musiq" evaluate
says "Missing expected argument '--checkpoint <file>'"

case_ 'an ensemble of two models is reported alone and together'
on 2 0 "${quality[@]}" --checkpoint "$npz/tiny-mixed.npz" --output both.csv --bootstrap 50
prints '^\[2\] .*tiny-mixed.npz$'
prints '^\[E\] average of the 2 models$'
same "$(head -1 both.csv)" 'path,mos,score_1,score_2,score,error,model,status' 'header'

case_ 'ratings have distances and accuracy'
run 0 "$musiq" checkpoint import "$npz/tiny-stored.npz" -o ratings.h5 --set model.outputCount=10 \
  --allow head
run 0 "$musiq" evaluate --checkpoint ratings.h5 --set data.manifest=opinions/ratings.csv \
  --output r.csv --bootstrap 50
for metric in mse accuracy_above_5 emd_r1 emd_r2; do prints "^$metric +[0-9.]+ +\\["; done
prints '^note: no logistic fit: fewer than five images, or all scores are equal'
same "$(head -1 r.csv | cut -d, -f1-6)" 'path,mos,score,error,emd_r2,c1' 'header'
run 0 "$musiq" evaluate --checkpoint ratings.h5 --set data.manifest=opinions/ratings.csv \
  --set objective.exponent=1.5 --output r.csv --bootstrap 0
prints '^emd_r1.5 +[0-9.]+'
! grep -q '^emd_r2' out || problem 'another order'
same "$(head -1 r.csv | cut -d, -f5)" 'emd_r1.5' 'column'

case_ 'bf16 and EXIF are asked for, and recorded'
photo=$fixtures/exif-orientation-6.jpg
run 0 "$musiq" "${predict[@]}" --format jsonl "$photo"
stored=$(grep -oE '"width":[0-9]+' out)
grep -q '"exif_orient":"ignore"' out || problem 'ignore is not recorded'
run 0 "$musiq" "${predict[@]}" --format jsonl --exif-orient apply --precision bf16 "$photo"
same "$(grep -oE '"height":[0-9]+' out | tr -dc 0-9)" "$(tr -dc 0-9 <<<"$stored")" 'height'
grep -q '"exif_orient":"apply","precision":"\(bf16\|fp32\)"' out || problem 'not recorded'
run 0 "$musiq" "${quality[@]}" --precision bf16 --bootstrap 0 --report h.json
grep -qE '"precision" : "(bf16|fp32)"' h.json || problem 'no precision in the report'

case_ 'range, direction and percentile are those of the model'
run 0 "$musiq" checkpoint import "$npz/tiny-stored.npz" -o scaled.h5 \
  --set 'model.score={kind: score, scale: 2, offset: 1, range: [0, 1], lowerIsBetter: true, quantiles: [-100, 0, 100]}'
run 0 "$musiq" predict --checkpoint scaled.h5 --sort score --output scaled.csv opinions
same "$(head -1 scaled.csv)" \
  'path,score,scale_lo,scale_hi,percentile,width,height,tokens,ms,status,error,model' 'header'
grep -q '"direction":"lower_better"' scaled.csv.json || problem 'no direction'
same "$(grep ',ok,' scaled.csv | cut -d, -f2)" "$(grep ',ok,' scaled.csv | cut -d, -f2 | sort -g)" \
  'lowest first'
run 0 "$musiq" predict --checkpoint scaled.h5 --clip opinions
awk -F, '/,ok,/ && ($2 < 0 || $2 > 1) { bad = 1 } END { exit bad }' out || problem 'not clipped'
run 3 "$musiq" "${predict[@]}" --clip opinions
says '--clip: the model in .* does not know the range of its scores'
run 2 "$musiq" "${predict[@]}" --kind score opinions

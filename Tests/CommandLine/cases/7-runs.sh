# A run directory from the first job to the last: who has it, what a start leaves, what checkpoints are called;
# signals, progress, standard output.

# begin RUN ARGUMENTS…: a run in the background that is met in its steps. Sets `job`.
begin() {
  SLURM_JOB_ID=7 "$musiq" "${tiny[@]}" --set schedule.steps=100000 --set run.evaluateEveryEpochs=0 --run "$@" \
    >first.out 2>first.err </dev/null &
  job=$!
  local tries=0
  until grep -q '"event":"step"' "$1/metrics.jsonl" 2>/dev/null || [ $((tries += 1)) -gt 600 ]; do sleep 0.05; done
}

# end SIGNAL CODE: of the run of `begin`.
end() {
  kill "-$1" $job
  { wait $job; } 2>/dev/null
  code=$?
  [ $code = "$2" ] || problem "exit code $code instead of $2 after SIG$1"
}

case_ 'the second of two jobs in a run directory is refused with the first one, at once, on any number of ranks'
begin busy
before=$(ls -A busy busy/checkpoints 2>/dev/null)
for ranks in 1 3; do
  on $ranks 6 "${tiny[@]}" --run busy
  says_once "run directory 'busy' is in use by process $job on .* \(SLURM_JOB_ID=7\), since 20[-0-9]*T[0-9:]*Z; wait for that job"
  within 5
done
run 6 env SLURM_JOB_ID=8 SLURM_RESTART_COUNT=1 "$musiq" "${tiny[@]}" --run busy --resume never --set data.train=nowhere
same "$(ls -A busy busy/checkpoints 2>/dev/null)" "$before" 'files of the busy run'
grep -q "\"pid\":$job,.*\"uuid\":\"" busy/.lock || problem "lock: $(cat busy/.lock)"

case_ 'kill -9 leaves a lock, and the next start takes it over'
end KILL 137
[ -e busy/.lock ] || problem 'no lock is left'
on 2 0 "${tiny[@]}" --run busy --set schedule.steps=3 --set run.evaluateEveryEpochs=0
says_once "warning: took over the run directory from process $job on .* \(that process has ended\)"
[ ! -e busy/.lock ] || problem 'the lock is still there'

case_ 'a directory can be taken from a job that lives; that job ends before it writes anything more'
begin stolen
run 0 "$musiq" "${tiny[@]}" --run stolen --steal-lock --set run.evaluateEveryEpochs=0
says 'warning: took over the run directory from process .* \(on request\)'
wait $job
same $? 6 'code of the first job'
grep -q "run directory 'stolen' was taken over by another job" first.err || problem 'the first job does not say so'

case_ 'a start that fails leaves no run directory, and nothing in one that was there'
bad() { run "$@"; [ ! -e new ] || { problem "left: $(find new | tr '\n' ' ')"; rm -rf new; }; }
bad 3 "$musiq" "${tiny[@]}" --run new/run --set model.outputCount=5
bad 4 "$musiq" "${tiny[@]}" --run new/run --set data.validation=nowhere
bad 5 "$musiq" "${tiny[@]}" --run new/run --resume nowhere.h5
bad 3 "${mpirun[@]}" -n 2 "$musiq" "${tiny[@]}" --run new/run --set parallel.gradientShards=1
bad 3 "$musiq" finetune --set data.train=data/train --repeats 2 --run new/run
mkdir there && touch there/mine
run 3 "$musiq" "${tiny[@]}" --run there --set model.outputCount=5
same "$(find there)" "$(printf 'there\nthere/mine')" 'files in the directory'

case_ 'best.h5 and last.h5 lead to checkpoints; a directory is its best checkpoint wherever one is read'
on 2 0 "${tiny[@]}" --run kept --set checkpoint.keepLast=1 --set schedule.steps=9
best=kept/checkpoints/$(readlink kept/checkpoints/best.h5)
same "$(readlink kept/checkpoints/last.h5)" step-000000009.h5 'last.h5'
top=$(python3 - <<'PY'
import json
rows = [json.loads(line) for line in open('kept/metrics.jsonl')]
best = max((r for r in rows if r['event'] == 'evaluation'), key=lambda r: (r['top1'], -r['loss']))
print('step-%09d.h5 %.4f' % (best['step'], best['top1']))
PY
)
same "${best##*/}" "${top% *}" 'best.h5'
for path in kept kept/ kept/checkpoints kept/checkpoints/best.h5; do
  on 2 0 evaluate --checkpoint $path
  prints "^top-1 ${top#* } "
  run 0 "$musiq" checkpoint verify $path
  run 0 "$musiq" checkpoint show $path
  prints "step $((10#$(tr -dc 0-9 <<<"${best##*/step}" | head -c 9))), "
  prints "validation  top1 ${top#* }, loss [0-9.]+"
  prints '^ +[0-9]+ images, digest [0-9a-f]{16}$'
done
run 0 "$musiq" predict --checkpoint kept --format jsonl "$(ls data/val/*/*.JPEG | head -1)"
prints '"status": ?"ok"'
run 0 "$musiq" explain --checkpoint kept --output why "$(ls data/val/*/*.JPEG | head -1)"
run 0 "$musiq" checkpoint digest kept "$best"
same "$(cut -d' ' -f2,5 out | sort -u | wc -l)" 1 'digests of the directory and of its best'
run 0 "$musiq" checkpoint diff kept "$best"
run 0 "$musiq" checkpoint export kept -o kept.npz
run 0 "$musiq" "${tiny[@]}" --run from --resume kept --set schedule.steps=9
says "resumed from $best at step"
run 0 "$musiq" finetune --init kept --set data.train=data/train --set run.steps=1 --run tuned
says "$best"
for path in data kept/index; do
  run 5 "$musiq" evaluate --checkpoint $path
  says_once "$path: not a usable checkpoint: a directory without checkpoints"
done
same "$(stat -c %a kept kept/checkpoints kept/index | sort -u)" 755 'modes of the directories'

case_ 'what is no checkpoint is told in one sentence'
head -c 100000 "$best" >cut.h5
head -c 100 "$best" >short.h5
: >empty.h5
for path in cut.h5 short.h5 empty.h5 tiny.yaml /dev/null; do
  for command in "evaluate --checkpoint $path" "checkpoint show $path" "predict --checkpoint $path --recursive data"; do
    run 5 "$musiq" $command
    same "$(wc -l <err)" 1 "lines about $path by $command"
    ! grep -qE '0x[0-9a-f]{6}|HDF5-DIAG|#00' err || problem "addresses: $(cat err)"
  done
done

case_ 'a torn last line of the log is cut off and told; a log that is none ends the start'
printf '{"event":"st' >>kept/metrics.jsonl
run 0 "$musiq" "${tiny[@]}" --run kept --set schedule.steps=9
says_once "warning: kept/metrics.jsonl: its last line was incomplete and has been cut off: 12 bytes, '\{\"event\":\"st'"
python3 -c 'import json; [json.loads(line) for line in open("kept/metrics.jsonl")]' 2>/dev/null || problem 'a line is no JSON'
mkdir -p odd/metrics.jsonl pipe && mkfifo pipe/metrics.jsonl
on 2 8 "${tiny[@]}" --run odd
says_once "run directory 'odd' metrics.jsonl cannot be written: Is a directory; move it away"
run 8 "$musiq" "${tiny[@]}" --run pipe
says_once 'metrics.jsonl cannot be written: not a regular file'
within 5
same "$(ls -A odd pipe)" "$(printf 'odd:\nmetrics.jsonl\n\npipe:\nmetrics.jsonl')" 'files of the two'

case_ 'a second signal ends training at once'
slow=(--set model.hiddenSize=384 --set model.headCount=6 --set model.layerCount=14 --set model.mlpSize=1536
  --set parallel.globalBatchSize=16)
for pair in 'INT 130' 'TERM 143'; do
  read -r signal expected <<<"$pair"
  # A command in the background ignores SIGINT unless told otherwise.
  env --default-signal=INT "$musiq" "${tiny[@]}" "${slow[@]}" --run "twice-$signal" >out 2>err </dev/null &
  job=$!
  tries=0
  until grep -q '"event":"step"' "twice-$signal/metrics.jsonl" 2>/dev/null || [ $((tries += 1)) -gt 600 ]; do sleep 0.05; done
  kill "-$signal" $job
  sleep 0.3
  begun=$EPOCHREALTIME
  end "$signal" "$expected"
  seconds=$(awk "BEGIN { print $EPOCHREALTIME - $begun }")
  within 2
done

case_ 'a stop during a validation takes effect within it; the resumed run makes up for it'
long=("${tiny[@]}" "${slow[@]}" --set schedule.steps=1 --set schedule.warmupSteps=0 --set data.train=data/val
  --set data.validation=data/train)
"$musiq" "${long[@]}" --run held >out 2>err </dev/null &
job=$!
tries=0
until grep -q '"event":"step"' held/metrics.jsonl 2>/dev/null || [ $((tries += 1)) -gt 600 ]; do sleep 0.05; done
sleep 0.3
end USR1 75
! grep -q '"event":"evaluation"' held/metrics.jsonl || problem 'the validation went on to its end'
says 'stopped after step 1; run again with --resume auto'
on 2 0 "${long[@]}" --run held
grep -q '"event":"evaluation"' held/metrics.jsonl || problem 'the validation is missing'
same "$(readlink held/checkpoints/best.h5)" step-000000001.h5 'best.h5'

case_ 'commands that do not train are ended by the first signal'
mkfifo list
for pair in 'INT 130' 'TERM 143' 'USR1 138'; do
  read -r signal expected <<<"$pair"
  env --default-signal=INT "$musiq" predict --checkpoint kept --files-from list >out 2>err &
  job=$!
  sleep 1
  begun=$EPOCHREALTIME
  end "$signal" "$expected"
  seconds=$(awk "BEGIN { print $EPOCHREALTIME - $begun }")
  within 2
  env --default-signal=INT "$musiq" evaluate --checkpoint kept --bootstrap 1000000 --set data.manifest=data/train \
    >out 2>err </dev/null &
  job=$!
  sleep 0.7
  end "$signal" "$expected"
done

case_ 'inside of salloc one rank does everything but train'
for tool in 'plan --config tiny.yaml' 'predict --checkpoint kept --recursive data/val' 'checkpoint verify kept' \
  'pretrain --config tiny.yaml --dry-run'; do
  run 0 env SLURM_JOB_ID=7 SLURM_NTASKS=2 "$musiq" $tool
done
run 6 env SLURM_JOB_ID=7 SLURM_NTASKS=2 "$musiq" "${tiny[@]}" --run salloc
says_once 'in a job with room for 2 \(SLURM_NTASKS=2\): it was started without a launcher'
says 'srun --mpi=pmix.*mpirun -n 1'
[ ! -e salloc ] || problem 'it made the run directory'
run 0 env SLURM_JOB_ID=7 SLURM_NTASKS=2 mpirun -n 1 "$musiq" "${tiny[@]}" --run salloc --set run.steps=1

case_ 'a full standard output is exit 8 for every command, a closed pipe is none'
full() { run 8 bash -c '"$@" >/dev/full' - "$@"; says 'standard output: .*No space left on device'; }
image=$(ls data/val/*/*.JPEG | head -1)
full "$musiq" --help
full "$musiq" --version
full "$musiq" config keys
full "$musiq" plan --config tiny.yaml
full "${mpirun[@]}" -n 2 bash -c 'exec "$@" >/dev/full' - "$musiq" evaluate --checkpoint kept
full "$musiq" predict --checkpoint kept "$image"
full "$musiq" checkpoint show kept
full "$musiq" checkpoint verify kept
full "$musiq" config show
full "$musiq" "${tiny[@]}" --run fullout --set run.steps=1
for command in '--help' 'config keys' 'checkpoint show kept kept kept' 'plan --config tiny.yaml' 'predict --checkpoint kept --recursive data/val'; do
  run 0 bash -c '{ sleep 0.2; "$@"; } | true; exit ${PIPESTATUS[0]}' - "$musiq" $command
  ! grep -q error err || problem "$command: $(cat err)"
done

# terminal COLUMNS COMMAND…: the command on a terminal; what it shows in `screen`.
terminal() {
  python3 - "$@" >screen <<'PY'
import fcntl, os, pty, struct, sys, termios
pid, screen = pty.fork()
if pid == 0:
    os.environ['TERM'] = 'xterm'
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
try:
    while data := os.read(screen, 65536): sys.stdout.buffer.write(data)
except OSError: pass
PY
}

case_ 'on a terminal there is a bar as wide as it, also behind mpirun; an option chooses lines'
for launcher in '' "${mpirun[*]} -n 2"; do
  rm -rf shown
  terminal 60 $launcher "$musiq" "${tiny[@]}" --run shown
  python3 - <<'PY' || problem "no bar of 59 columns: $launcher"
import re
text = open('screen', errors='replace', newline='').read()
bars = re.findall(r'\r(\[[=. ]{20}\] [^\r\n\x1b]*)\x1b\[K', text)
steps = [b for b in bars if ' step ' in b]
assert steps and max(map(len, bars)) <= 59 and steps[-1].startswith('[' + 20 * '=' + '] step 6/6 eta'), (bars, text)
PY
done
rm -rf shown
terminal 60 "$musiq" "${tiny[@]}" --run shown --progress lines
grep -aq '^step 6/6' screen || problem 'no lines'
run 0 "$musiq" "${tiny[@]}" --run silent --progress off
same "$(cat err)" '' 'stderr of --progress off'

case_ 'loss and accuracy of a line are means since the line before'
run 0 "$musiq" "${tiny[@]}" --run mean --set run.logEverySeconds=1000 --set run.evaluateEveryEpochs=0
python3 - <<'PY' || problem "$(grep '^step' err)"
import json, re
steps = [r for r in map(json.loads, open('mean/metrics.jsonl')) if r['event'] == 'step']
lines = [re.match(r'step (\d)/6 eta \S+ loss (\S+) acc (\S+) ', l).groups() for l in open('err') if l.startswith('step')]
assert [l[0] for l in lines] == ['1', '6'], lines
for part, line in ((steps[:1], lines[0]), (steps[1:], lines[1])):
    count = sum(r['count'] for r in part)
    for key, shown in (('loss', line[1]), ('accuracy', line[2])):
        mean = sum(r['count'] * r[key] for r in part) / count
        assert abs(mean - float(shown)) < 0.00101 if key == 'accuracy' else abs(mean - float(shown)) < 0.000101, (key, mean, line)
PY

case_ 'launch/local.sh adds nothing to an error of the program, and one line to any other end'
MUSIQ_DIST=$musiq run 5 "$here/../../launch/local.sh" 2 evaluate --checkpoint nowhere.h5
same "$(wc -l <err)" 1 'lines on stderr'
MUSIQ_DIST=/bin/false run 1 "$here/../../launch/local.sh" 2 plan
says_once 'launch/local.sh: mpirun ended with code 1; VERBOSE=1 shows what it says'

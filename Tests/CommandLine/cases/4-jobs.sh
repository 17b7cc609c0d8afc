# Launchers, ranks that differ or die, signals.

case_ 'N singletons under Slurm are exit 6 with the remedy'
run 6 env SLURM_STEP_NUM_TASKS=4 "$musiq" "${tiny[@]}" --run singles
says_once 'this process is rank 0 of 1, but SLURM_STEP_NUM_TASKS=4 says that 4 processes were started'
says 'srun --mpi=pmix'
[ ! -e singles ] || problem 'it made the run directory'
run 0 env SLURM_NTASKS=4 "${mpirun[@]}" -n 1 "$musiq" plan --config tiny.yaml

# unlike CODE RANK A B: on three ranks, A on that rank and B on the others.
unlike() {
  local expected=$1 rank=$2 first=$3 others=$4
  run "$expected" "${mpirun[@]}" -n 3 bash -c \
    "if [ \$OMPI_COMM_WORLD_RANK = $rank ]; then $first; else $others; fi"
}
program="exec $musiq ${tiny[*]} --run unlike"

case_ 'one rank with a wrong configuration ends all with its message'
for rank in 0 2; do
  unlike 3 $rank "$program --set optimizer.lerningRate=1" "$program"
  says_once "unknown key 'optimizer.lerningRate'; did you mean"
  within 6
done

case_ 'one rank with another configuration ends all and is named'
unlike 3 1 "$program --set optimizer.learningRate=0.5" "$program"
says_once 'rank 1 on .*: another configuration than rank 0 on .*; make the --config files equal'
! grep -q 'MPI_ABORT' err || problem 'an error of all ranks ended by MPI_Abort'
within 5

case_ 'a rank whose processor computes otherwise ends all and is named; equal limits are fine'
limit='export ONEDNN_MAX_CPU_ISA=SSE41 OPENBLAS_CORETYPE=Prescott'
unlike 6 2 "$limit; $program" "$program"
says_once 'rank 2 on .*: matrix products use .*, on rank 0 on .*; use nodes of one kind'
within 5
unlike 0 2 "$limit; $program" "$limit; $program"

case_ 'a run directory that one rank does not see is exit 8 at once and names the rank'
mkdir elsewhere
unlike 8 2 "cd elsewhere; exec $musiq pretrain --config ../tiny.yaml --run unseen" \
  "exec $musiq ${tiny[*]} --run unseen"
says_once "run directory 'unseen' is not seen by rank 2 on .*; all ranks must share it"
says_once 'name another one with --run'
! grep -q '^step' err || problem 'it began to train'
within 8

case_ 'a rank that cannot write ends all with the reason as the last word'
for rank in 0 2; do
  limited="exec $musiq ${tiny[*]} --run limited-$rank"
  unlike 8 $rank "ulimit -f 100; $limited" "$limited"
  case $(last_words) in
    *"error on rank $rank "*"limited-$rank/checkpoints"*) ;;
    *) problem "last words: $(last_words)" ;;
  esac
  within 10
  no_crash
  ! ls limited-$rank/checkpoints/step* >/dev/null 2>&1 || problem 'there is a checkpoint'
done

# A run long enough to be met in the middle.
long=("${tiny[@]}" --set schedule.steps=150 --set checkpoint.everySteps=40 --set run.evaluateEveryEpochs=0)
on 2 0 "${long[@]}" --run whole

# start RUN: the long run on three ranks in the background; returns in its tenth step. Sets `job`.
start() {
  "${mpirun[@]}" -n 3 "$musiq" "${long[@]}" --run "$1" >out 2>err </dev/null &
  job=$!
  local tries=0
  until grep -q '"event":"step".*"step":10,' "$1/metrics.jsonl" 2>/dev/null; do
    sleep 0.05
    tries=$((tries + 1))
    [ $tries -lt 600 ] || { problem 'the run does not start'; return; }
  done
}

# finish CODE: waits for the run of `start`.
finish() {
  local begin=$EPOCHREALTIME
  (sleep 30; kill -9 $job 2>/dev/null) & local watchdog=$!
  wait $job
  code=$?
  { kill $watchdog && wait $watchdog; } 2>/dev/null
  seconds=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
  [ $code = "$1" ] || problem "exit code $code instead of $1"
}

for signal in USR1 INT; do
  case_ "SIG$signal stops with a checkpoint and exit 75; the resumed run ends with the same bits"
  start "stop-$signal"
  case $signal in
    USR1) kill -USR1 $job ;;  # mpirun passes it on
    INT) kill -INT "$(pgrep -P $job -f "$musiq" | head -1)" ;;  # one rank alone: all must agree
  esac
  finish 75
  within 10
  prints '^stopped on request at step [0-9]+ of 150$'
  prints "^checkpoint  stop-$signal/checkpoints/step-"
  says 'stopped after step [0-9]+; run again with --resume auto to go on'
  grep -q '"event":"stop"' "stop-$signal/metrics.jsonl" || problem 'no event in the log'
  on 2 0 "${long[@]}" --run "stop-$signal"
  same "$(digest "stop-$signal")" "$(digest whole)" 'digest'
done

case_ 'kill -9 of one rank ends all within 5 seconds; the resumed run ends with the same bits'
start killed
kill -9 "$(pgrep -P $job -f "$musiq" | tail -1)"
finish 137
within 5
sleep 0.2
! pgrep -f "$musiq .*--run killed" >/dev/null || problem 'a rank is still alive'
on 1 0 "${long[@]}" --run killed
same "$(digest killed)" "$(digest whole)" 'digest'

case_ 'a closed stderr and a closed pipe do not stop a run'
run 0 bash -c "$musiq ${tiny[*]} --run closed 2>&-"
run 0 bash -c "$musiq ${tiny[*]} --run piped 2>&1 | head -1 >/dev/null; exit \${PIPESTATUS[0]}"
same "$(digest piped)" "$(digest closed)" 'digest'

# mpirun gives a run one second after these signals; a step of this one takes longer.
slow=("${tiny[@]}" --set schedule.steps=50 --set run.evaluateEveryEpochs=0 --set model.hiddenSize=384
  --set model.headCount=6 --set model.layerCount=14 --set model.mlpSize=1536 --set parallel.globalBatchSize=16)
for signal in TERM INT; do
  case_ "SIG$signal to launch/local.sh stops with a checkpoint and exit 75, however long a step takes"
  # A command in the background ignores SIGINT unless told otherwise.
  MUSIQ_DIST=$musiq env --default-signal=INT "$here/../../launch/local.sh" 2 "${slow[@]}" --run "slow-$signal" \
    >out 2>err </dev/null &
  job=$!
  tries=0
  until grep -q '"event":"step"' "slow-$signal/metrics.jsonl" 2>/dev/null || [ $((tries += 1)) -gt 600 ]; do sleep 0.05; done
  kill "-$signal" $job
  finish 75
  says 'stopped after step [0-9]+; run again with --resume auto to go on'
  prints "^checkpoint  slow-$signal/checkpoints/step-"
  run 0 "$musiq" checkpoint verify "slow-$signal"
done

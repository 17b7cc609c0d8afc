# A rank that stops: nobody waits for ever.

case_ 'a stopped rank ends the job with exit 9 within its limit and 5 s; the others say where they wait'
"${mpirun[@]}" -n 3 "$musiq" "${tiny[@]}" --run hung --set schedule.steps=1000000 \
  --set run.evaluateEveryEpochs=0 --set run.hangSeconds=3 >out 2>err </dev/null &
job=$!
for _ in {1..100}; do
  [ "$(grep -c '"event":"step"' hung/metrics.jsonl 2>/dev/null)" -gt 3 ] 2>/dev/null && break
  sleep 0.2
done
# The last of the three ranks that this mpirun has started.
rank=$(ps -o pid= --ppid "$job" | tail -1 | tr -d " ")
kill -STOP "$rank"
start=$EPOCHREALTIME
wait "$job"
code=$?
seconds=$(awk "BEGIN { print $EPOCHREALTIME - $start }")
same "$code" 9 'exit code'
within 8
says 'error on rank 0 \(.*\): no progress for 3 s while (exchanging|computing).* in step [0-9]+; the job hangs'
says 'Look at the ranks that do not say so'
says 'stack of the main thread:'
says 'libmpi'
# Killed with the others; a moment may pass, and a container may leave it as a zombie.
for _ in {1..20}; do
  case $(ps -o stat= -p "$rank") in '' | Z*) break ;; *) sleep 0.2 ;; esac
done
case $(ps -o stat= -p "$rank") in '' | Z*) ;; *) problem 'the stopped rank is left' ;; esac

# Wrong words on the command line and in the configuration.

case_ 'a wrong option is exit 2, said once by three ranks'
on 3 2 "${tiny[@]}" --run r --bogus
says_once "Unknown option '--bogus'"
says_once 'Usage: musiq-dist pretrain'
prints_nothing

case_ 'a missing run directory is exit 2 with the name of the option'
on 3 2 "${tiny[@]}"
says_once "Missing expected argument '--run <dir>'"
run 2 "$musiq" pretrain --run
says "Missing value for '--run"
run 2 "$musiq" trian
says "trian"

case_ 'help of every command is exit 0, a result, and 80 columns wide'
mapfile -t commands < <(every_command)
[ "${#commands[@]}" -gt 25 ] || problem "only ${#commands[@]} commands: ${commands[*]}"
for command in '' "${commands[@]}"; do
  # shellcheck disable=SC2086
  run 0 env COLUMNS=400 "$musiq" $command --help
  prints 'USAGE: musiq-dist'
  prints '^Examples?:$|^SUBCOMMANDS:$'
  wide=$(sed '/^USAGE:/,$d' out | grep -vE '^OVERVIEW:' | grep -m1 -E '^.{81}')
  [ -z "$wide" ] || problem "$command: wider than 80 columns: $wide"
done

case_ 'an option has one name, one short form and one default in every command'
for command in "${commands[@]}"; do
  # shellcheck disable=SC2086
  run 0 env COLUMNS=400 "$musiq" $command --help
  ! grep -qE '^ +--output' out || problem "$command: --output without -o"
  ! grep -E -- '--(markdown|json|threads|batch|model|ckpt)( |$)' out >odd \
    || problem "$command: another name for a known thing: $(cat odd)"
  seed=$(grep -E '^ +--seed ' out | grep -o 'default: [0-9]*')
  case $command in
    'data synth') ;;
    *) [ -z "$seed" ] || same "$seed" 'default: 0' "$command --seed" ;;
  esac
done
run 0 "$musiq" --help
prints 'Exit codes: 0 ok'

case_ 'the version report names the build and every library, alone and once for two ranks'
on 2 0 --version
same "$(grep -c '^musiq-dist ' out)" 1 'versions told'
run 0 "$musiq" --version
prints '^musiq-dist [0-9]+\.[0-9]+\.[0-9]+$'
prints '^commit ([0-9a-f]{12}(-modified)?|unknown .*)$'
prints '^date ([0-9]{4}-[0-9]{2}-[0-9]{2}|unknown)$'
prints '^swift [0-9]+\.[0-9]+'
prints '^compiled-for (x86-64|aarch64)'
prints '^mpi .*[0-9]+\.[0-9]+'
prints '^hdf5 [0-9]+\.[0-9]+\.[0-9]+$'
prints '^openblas [0-9]+\.[0-9]+\.[0-9]+ [A-Za-z0-9]+$'

case_ 'the program runs on nodes without Swift'
run 0 ldd "$musiq"
! grep -E 'swift|Foundation|dispatch' out || problem 'needs libraries of Swift'

case_ 'an unknown key is exit 3 with the nearest name and its place'
run 3 "$musiq" "${tiny[@]}" --run r --set optimizer.lerningRate=1
says "unknown key 'optimizer.lerningRate'; did you mean 'optimizer.learningRate'\?"
printf 'schedule:\n  steps: 5\n  wramupSteps: 1\n' >typo.yaml
on 3 3 "${tiny[@]}" --config typo.yaml --run r
says_once "typo.yaml:3:3: unknown key 'schedule.wramupSteps'; did you mean 'schedule.warmupSteps'\?"
prints_nothing

case_ 'an ill-typed value is exit 3 with what is expected'
run 3 "$musiq" "${tiny[@]}" --run r --set optimizer.learningRate=fast
says "'optimizer.learningRate' expects a number, found 'fast'"
run 3 "$musiq" "${tiny[@]}" --run r --set optimizer.kind=adam
says "expects one of adamw, sgd, found 'adam'; did you mean 'adamw'\?"
run 3 "$musiq" "${tiny[@]}" --run r --set schedule.steps=1.5
says "'schedule.steps' expects"
run 3 "$musiq" "${tiny[@]}" --run r --set schedule.steps
says 'expected key=value'

case_ 'values out of range are exit 3, all at once'
run 3 "$musiq" "${tiny[@]}" --run r --set optimizer.learningRate=-1 --set run.logEverySeconds=0
says '2 problems'
says 'optimizer.learningRate: expected a positive number up to 1000000, found -1'
says 'run.logEverySeconds: expected a positive number'

case_ 'a batch smaller than its shards is exit 3 with both remedies'
on 2 3 "${tiny[@]}" --run r --set parallel.globalBatchSize=7
says_once 'raise parallel.globalBatchSize to 8 or lower parallel.gradientShards to 7'

case_ 'more workers than shards are exit 3 with the remedy'
on 3 3 "${tiny[@]}" --run r --set parallel.workers=4
says_once 'expected at least one shard per worker, found 8 shards for 3 ranks × 4 workers'
says 'raise parallel.gradientShards to 12'

case_ 'a configuration file that is missing or no YAML is exit 3'
run 3 "$musiq" pretrain --config none.yaml --run r
says "cannot read configuration file 'none.yaml': No such file or directory"
printf 'model: {hiddenSize: 3\n' >broken.yaml
run 3 "$musiq" pretrain --config broken.yaml --run r
says 'broken.yaml:[0-9]+:[0-9]+: not valid YAML'

case_ 'fewer outputs than classes are exit 3'
on 2 3 "${tiny[@]}" --run r --set model.outputCount=5
says_once 'model.outputCount: expected at least 8, the number of classes in .*, found 5'

case_ 'config keys tells every key, config show every value and its place'
run 0 "$musiq" config keys
prints 'optimizer.learningRate +0.001 +number: a positive number up to 1000000'
run 0 "$musiq" config keys --format markdown
prints '^\| `model.hiddenSize` \| integer \| `384` \|  \| 1 to 65536 \| '
printf 'run:\n  seed: 5\n' >seed.yaml
MUSIQ_SET=run.steps=7 run 0 "$musiq" config show --config seed.yaml --set optimizer.beta1=0.8
prints '^run.seed +5 +seed.yaml:2:9$'
prints '^run.steps +7 +MUSIQ_SET$'
prints '^optimizer.beta1 +0.8 +--set optimizer.beta1=0.8$'
prints '^optimizer.beta2 +0.999 +built-in default$'
run 0 "$musiq" config show --finetune
prints '^schedule.epochs +20 '
run 3 "$musiq" config show --set model.hiddenSize=0
says 'model.hiddenSize: expected 1 to 65536, found 0'

import Configuration
import DataParallel
import Explanation
import Failures
import ImageData
import Inference
import Labels
import MPI
import ModelExchange
import Testing
import Training

import Commands

@Suite struct WordingTests {
  private func expect(_ error: any Error, _ parts: [String]) {
    let text = words(for: error)
    for part in parts { #expect(text.contains(part), "\(text)") }
  }

  @Test("messages say what happened, where, and what to do")
  func runs() {
    expect(
      TooManyBadSamples(skipped: 20, seen: 100, limit: 0.1),
      ["20 of 100", "data.maxBadFraction = 0.1", "metrics.jsonl", "data index"])
    expect(
      NumericalError(step: 3, loss: .nan, gradientNorm: 1),
      ["step 3", "loss nan", "unchanged", "optimizer.learningRate"])
  }

  @Test("what helps a run is named by option or key")
  func training() {
    expect(
      TrainingError.occupied(directory: "run", checkpoint: "run/checkpoints/step-000000001.h5"),
      ["step-000000001.h5", "--resume auto", "another --run"])
    expect(
      TrainingError.outputs(expected: 1, found: 3, labels: "the training data has one score"),
      ["model.outputCount: expected 1, found 3", "leave it at 0", "data.targets"])
    expect(
      TrainingError.scoreKind(kind: "ratings", labels: "the training data has one score"),
      ["model.score.kind is ratings, but the training data", "leave it at auto"])
    expect(
      TrainingError.loss(.earthMoversDistance, labels: "the training data has one score"),
      ["objective.loss is earthMoversDistance, which is for ratings", "data.targets=[c1, …, cK]"])
    expect(
      TrainingError.scale(
        root: "t.csv", found: "0-100 (min 3.9, max 88)", range: 1...5, own: 0...100),
      [
        "labels of 't.csv': they look like 0-100 (min 3.9, max 88), but data.scoreRange is 1-5: name "
          + "the right column with data.targets, or set data.scoreRange=[0, 100] if these are the "
          + "scores you mean"
      ])
    expect(
      TrainingError.scale(root: "t.csv", found: "another scale", range: 1...5, own: nil),
      ["set data.scoreRange=[lowest, highest] if"])
    expect(
      TrainingError.constantScores(root: "t.csv", count: 32, name: "noise", score: 3),
      [
        "labels of 't.csv': all 32 training scores of noise are 3.0: there is nothing to learn; name "
          + "the right column with data.targets"
      ])
    let head = TrainingError.Head(outputs: 5, kind: .ratings)
    expect(
      TrainingError.head(path: "a.h5", found: nil, needed: head),
      [
        "--init-head keep: a.h5 has no head, the data needs 5 outputs (ratings); use --init-head auto"
      ])
    expect(
      TrainingError.initialModel(
        path: "a.h5", keys: ["model.hiddenSize is 64, the file has 32"],
        parameters: ["a", "b", "c", "d"]),
      ["--allow; concerned: a, b, c and 1 more"])
    let seed = RunChange(.seed, "run.seed", before: "5", now: "6")
    let offset = RunChange(.units, "model.score.offset", before: "50.0", now: "0.0")
    expect(
      TrainingError.changed(checkpoint: "a.h5", changes: [seed]),
      [
        "the run in a.h5 would go on as another one: run.seed was 5 in the checkpoint and is 6 now",
        "or allow it: --allow-change seed",
      ])
    expect(
      TrainingError.changed(checkpoint: "a.h5", changes: [seed, offset]),
      ["A trained head keeps its units: leave model.score.offset and model.score.scale out"])
    expect(
      TrainingError.pastEnd(checkpoint: "a.h5", step: 9, totalSteps: 6),
      ["a.h5 is of step 9, and the run now ends at step 6; set schedule.epochs or schedule.steps"])
    expect(
      RunDirectoryError(
        path: "run", problem: .unseen(rank: 3, host: "n2")),
      ["'run' is not seen by rank 3 on n2", "another one with --run"])
    expect(
      RunDirectoryError(path: "run", problem: .inUse(by: nil)),
      ["'run' is in use by another process", "wait for that job", "--run", "--steal-lock"])
    expect(
      RunDirectoryError(path: "run", problem: .logCannotBeWritten(reason: "Is a directory")),
      ["'run' metrics.jsonl cannot be written: Is a directory; move it away"])
  }

  @Test("what helps a stored model is named by option or key")
  func inference() {
    expect(
      EvaluationError.noSplitColumn(part: .test, path: "set.csv", column: "split"),
      ["--split test: set.csv has no column 'split'; --split all uses all rows"])
    expect(
      EvaluationError.scoresForClasses(root: "set", model: "a.h5", outputs: 7),
      ["set has opinion scores", "--set model.score.kind=ratings"])
    expect(
      EvaluationError.classesForScores(root: "set", model: "a.h5", outputs: 10, kind: .ratings),
      ["set has classes, the model in a.h5 has 10 outputs (ratings)", "model.score.kind=classes"])
    expect(ExplanationError.noLayer(2, count: 2), ["--layer 2: the model has layers 0 to 1"])
    expect(ExplanationError.noHead(2, count: 2), ["--head 2: the model has heads 0 to 1"])
    expect(
      ParametersDiffer(path: "a.npz", parameters: ["head/bias is missing"], root: "head"),
      ["a.npz: a checkpoint of another model: head/bias is missing; --allow head keeps"])
  }

  @Test("what helps a data set is named by key or command")
  func data() {
    expect(DataError.notGiven, ["no data set given; set data.train (or data.validation"])
    expect(
      DataError.source(path: "a.tar", found: .archive("a tar archive")),
      ["cannot use 'a.tar' as a data set: it is a tar archive; extract it and give the folder"])
    expect(
      DataError.source(path: "a.xlsx", found: .workbook),
      ["it is a workbook (.xlsx); make a table of it with 'musiq-dist data import csv'"])
    expect(
      DataError.overlap(root: "/v", count: 2, total: 9, examples: ["'a' is 'b'"]),
      [
        "2 of 9 validation images in '/v' are training images, too: 'a' is 'b'. ",
        "data.overlap=allowed",
      ])
    expect(
      DataError.indivisible(path: "data"),
      ["'data' has no rows to be divided", "as data.train and"])
    expect(
      DataError.index(path: "a", line: 3, problem: "expected a number"),
      ["a:3: expected a number; build it again with 'musiq-dist data index'"])
    let names = BriefList(["ant", "dune"])
    var mismatch = ClassMismatch(
      root: "set", classes: names, owner: "the model", known: BriefList(["ant"]), knownCount: 1,
      unknown: BriefList(["dune"]), imageCount: 4)
    expect(
      DataError.unknownClasses(mismatch),
      [
        "does not have: 1 (dune), with 4 images",
        "leave these images out with data.unknownClasses=",
      ])
    mismatch.unknown = nil
    expect(
      DataError.unknownClasses(mismatch),
      ["the set has 2 (ant, dune), the other 1 (ant); give the classes of the set the same names"])
    (mismatch.known, mismatch.knownCount) = (nil, 7)
    expect(
      DataError.unknownClasses(mismatch),
      ["2 (ant, dune), the other 7 without names; name those", "model.score.names=[…]"])
  }

  @Test("places and remedies of a configuration are named by option")
  func configuration() {
    #expect(
      words(
        for: ConfigurationError.unknownKey(
          path: "a.c", source: .override("a.c=1"), suggestion: "a.b"))
        == "--set a.c=1: unknown key 'a.c'; did you mean 'a.b'?")
    let problem = ConfigurationProblem(
      path: "a.b", source: .override("a.b=-1"), message: "expected 1, found -1")
    #expect(
      words(for: ConfigurationError.invalid([problem]))
        == "invalid configuration: a.b: expected 1, found -1 (--set a.b=-1)")
    #expect(
      words(for: ConfigurationError.anchor(source: .file("a.yaml", line: 2, column: 1)))
        == "a.yaml:2:1: anchors and aliases (&name, *name) are not supported; repeat the value or "
        + "use a second --config")
    #expect(ConfigurationNode.Origin.builtIn.words == "built-in default")
  }

  @Test("a job that was started wrongly is told how to start it")
  func launch() {
    expect(
      LaunchError.singletons(variable: "SLURM_STEP_NUM_TASKS", expected: 32),
      [
        "overwrite the others. Start the job with \"srun --mpi=pmix\" or with the mpirun that belongs",
        "this program's MPI library (Open MPI: libpmix-dev must be installed on every node for srun)",
      ])
    expect(
      LaunchError.notLaunched(variable: "SLURM_NTASKS", expected: 32),
      [
        "rank 0 of 1 in a job with room for 32 (SLURM_NTASKS=32): it was started without a launcher",
        "Start 32 ranks with \"srun --mpi=pmix\" or mpirun, or one with \"mpirun -n 1\"",
      ])
    expect(
      LaunchError.threadSupport(required: 3, provided: 1),
      ["level 3 is needed; use an MPI library built", "(Open MPI: --enable-mpi-thread-multiple)"])
  }

  @Test("ranks that would compute otherwise are told what to make equal")
  func arithmetic() {
    let others = [RankOnHost(rank: 1, host: "n2")]
    expect(
      ArithmeticDiffers(
        part: .instructionSet("AMX", other: "AVX2"), host: "n1", ranks: others),
      ["rank 1 on n2", "AVX2, on rank 0 on n1 AMX", "ONEDNN_MAX_CPU_ISA=AVX2"])
    expect(
      ArithmeticDiffers(part: .configuration, host: "n1", ranks: others),
      ["another configuration than rank 0", "--config files equal on all nodes"])
  }

  @Test("an error that only the command line can explain keeps kind and words on its way")
  func relayed() {
    let error = CommandError(TooManyBadSamples(skipped: 1, seen: 2, limit: 0), otherwise: .usage)
    #expect(error.kind == .data)
    #expect(error.description.hasSuffix("`musiq-dist data index` again"))
    struct Other: Error {}
    #expect(CommandError(Other(), otherwise: .usage).kind == .usage)
  }
}

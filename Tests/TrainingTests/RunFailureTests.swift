import Checkpoints
import Configuration
import DataParallel
import ImageData
import MPI
import RunConfig
import SyntheticImages
import Testing
import Training

@Suite struct RunFailureTests {
  @Test("errors have the documented exit codes")
  func exitCodes() {
    struct Other: Error {}
    let cases: [(any Error, Int32)] = [
      (Other(), 1),
      (ConfigurationError.unreadable(file: "a", reason: "b"), 3),
      (DataError.noClasses(root: "a", hint: "b"), 4),
      (DataError.unwritable(path: "a", reason: "b"), 8),
      (TooManyBadSamples(skipped: 20, seen: 100, limit: 0.1), 4),
      (SynthesisError.occupied(folder: "a", found: "b"), 4),
      (SynthesisError.unwritable(path: "a", detail: "b"), 8),
      (SynthesisError.unusable(["count"]), 2),
      (CheckpointError(.unreadable, path: "a", reason: "b"), 5),
      (CheckpointError(.mismatch, path: "a", reason: "b"), 5),
      (CheckpointError(.noSpace, path: "a", reason: "b"), 8),
      (LaunchError.singletons(variable: "SLURM_NTASKS", expected: 4), 6),
      (NumericalError(step: 3, loss: .nan, gradientNorm: 1), 7),
      (ReplicasDiffer(step: 3, ranks: [(1, "node")]), 10),
    ]
    for (error, code) in cases { #expect(ExitCode.code(for: error) == code, "\(error)") }
  }

  @Test("messages say what happened, where, and what to do")
  func wording() {
    let text = "\(TooManyBadSamples(skipped: 20, seen: 100, limit: 0.1))"
    for part in ["20 of 100", "data.maxBadFraction = 0.1", "metrics.jsonl", "data index"] {
      #expect(text.contains(part), "\(text)")
    }
    let numerical = "\(NumericalError(step: 3, loss: .nan, gradientNorm: 1))"
    for part in ["step 3", "loss nan", "unchanged", "optimizer.learningRate"] {
      #expect(numerical.contains(part), "\(numerical)")
    }
  }
}

// What to do about errors of runs.

import DataParallel
import Labels
import Training

/// How to go on with a run that was stopped.
let stopAdvice = "run again with --resume auto to go on"

extension NumericalError: Worded {
  var words: String {
    "\(self). Lower optimizer.learningRate, lengthen the warm-up or set optimizer.clipNorm"
  }
}

extension TooManyBadSamples: Worded {
  var words: String {
    "\(self); see the events `skipped` in metrics.jsonl, repair or remove the files, and run "
      + "`musiq-dist data index` again"
  }
}

extension RunDirectoryError: Worded {
  var words: String {
    switch problem {
    case .inUse:
      "\(self); wait for that job or stop it, or name another one with --run. If it is gone for certain, "
        + "--steal-lock takes the directory"
    case .lost: description
    case .logCannotBeWritten: "\(self); move it away, or name another one with --run"
    default: "\(self); name another one with --run"
    }
  }
}

extension TrainingError: Worded {
  var words: String {
    switch self {
    case .scoreKind: "\(self); leave it at auto"
    case .outputs: "\(self); leave it at 0, or name other columns with data.targets"
    case .loss(.crossEntropy, _):
      "\(self); set objective.loss=absoluteError, or name other columns with data.targets"
    case .loss(.earthMoversDistance, _):
      "\(self); set objective.loss=auto, or name the columns of the ratings with "
        + "data.targets=[c1, …, cK]"
    case .loss: "\(self); set objective.loss=auto, or name other columns with data.targets"
    case .scale(_, _, _, let own):
      "\(self): name the right column with data.targets, or set data.scoreRange="
        + (own.map { "[\(ScaleGuard.text($0, ", "))]" } ?? "[lowest, highest]")
        + " if these are the scores you mean"
    case .constantScores: "\(self); name the right column with data.targets"
    case .head: "--init-head keep: \(self); use --init-head auto"
    case .initialModel(_, _, let parameters):
      "\(self). Leave these keys out, or name the parameters to reinitialize with --allow; concerned: "
        + parameters.prefix(3).joined(separator: ", ")
        + (parameters.count > 3 ? " and \(parameters.count - 3) more" : "")
    case .occupied: "\(self); use --resume auto to go on, or another --run"
    case .changed(_, let changes) where changes.contains { $0.kind == .units }:
      "\(self). A trained head keeps its units: leave model.score.offset and model.score.scale out, or "
        + "use another --run"
    case .changed(_, let changes):
      "\(self). Go on with the same settings and data, or use another --run, or allow it: "
        + RunChange.Kind.allCases.filter { kind in changes.contains { $0.kind == kind } }
        .map { "--allow-change \($0.rawValue)" }.joined(separator: " ")
    case .pastEnd:
      "\(self); set schedule.epochs or schedule.steps for a longer run, or use another --run"
    case .repeatsOfPart:
      "--repeats: \(self): set run.steps=0, or schedule.steps for shorter runs"
    case .repeatsWithoutValidation:
      "--repeats: \(self): set data.manifest, or data.validation beside data.train"
    case .tooFewOutputs, .fewerSamples, .unwritable: description
    }
  }
}

extension ArithmeticDiffers: Worded {
  var words: String {
    switch part {
    case .program: "\(self); start the same file on all nodes"
    case .library: "\(self); install the same version on all nodes"
    case .instructionSet:
      "\(self); use nodes of one kind, or keep all ranks to what the least of them has: "
        + "ONEDNN_MAX_CPU_ISA=AVX2 and OPENBLAS_CORETYPE=Haswell"
    case .configuration: "\(self); make the --config files equal on all nodes"
    }
  }
}

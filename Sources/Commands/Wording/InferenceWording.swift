// What to do about models that cannot be evaluated or explained.

import Explanation
import Inference
import ModelExchange

extension EvaluationError: Worded {
  var words: String {
    switch self {
    case .noSplitColumn(let part, _, _):
      "--split \(part.rawValue): \(self); --split all uses all rows"
    case .ensembleOfClasses: "\(self): evaluate one --checkpoint at a time"
    case .scoresForClasses:
      "\(self); if they are ratings or attributes, say so by --set model.score.kind=ratings"
    case .classesForScores(_, _, let outputs, _) where outputs > 1:
      "\(self); if they are classes, say so by --set model.score.kind=classes"
    case .noModels, .classesForScores, .nothingEvaluated, .attributesDiffer, .unwritable:
      description
    }
  }
}

extension EvaluationNotice {
  /// The whole message.
  var words: String {
    switch self {
    case .ignoredSplit: "\(self); --split test chooses"
    case .otherManifest:
      "\(self), and if these are rows of it, --split validation leaves out those of training"
    case .trainingRows, .otherDivision, .remark: description
    }
  }
}

extension PredictionError: Worded {
  var words: String {
    switch self {
    case .otherModel:
      "\(self). To start anew leave out --skip-existing; to keep those rows and add this model's, give "
        + "--append too"
    case .otherColumns, .foreignLine, .nothingScored, .unwritable: description
    }
  }
}

extension ExplanationError: Worded {
  var words: String {
    switch self {
    case .noLayer(let layer, _): "--layer \(layer): \(self)"
    case .noHead(let head, _): "--head \(head): \(self)"
    case .noGrid, .gridTooLarge: "--hse: \(self)"
    case .unreadable, .notFinite, .unwritable: description
    }
  }
}

extension UndeterminedKey: Worded {
  var words: String { "\(self); give it by --set \(key)=…" }
}

extension ParametersDiffer: Worded {
  var words: String {
    "\(self); --allow \(root) keeps the initial values of such parameters; give the configuration it "
      + "was written with"
  }
}

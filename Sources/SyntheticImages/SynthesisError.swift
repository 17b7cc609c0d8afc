// Why no data set could be made.

import Failures

/// A failure of `Synthesis`, the same on every rank.
public enum SynthesisError: SharedFailure, Equatable {
  /// `SynthesisRequest.problems()` is not empty.
  case unusable([String])
  /// The folder holds something else; mixing the two would spoil both.
  case occupied(folder: String, found: String)
  /// A folder or file could not be written.
  case unwritable(path: String, detail: String)
  /// An image could not be encoded.
  case encoding(sample: Int, detail: String)

  public var kind: FailureKind {
    switch self {
    case .unusable: .usage
    case .occupied, .encoding: .data
    case .unwritable: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .unusable(let problems):
      "cannot synthesize: " + problems.joined(separator: "; ")
    case .occupied(let folder, let found):
      "\(folder) is not empty (\(found)) and was not made by the same request; name another folder, "
        + "or remove this one"
    case .unwritable(let path, let detail):
      "\(path): cannot write: \(detail)"
    case .encoding(let sample, let detail):
      "synthetic image \(sample): \(detail)"
    }
  }
}

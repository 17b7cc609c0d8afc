// Models that give no numbers: refused before and after they are used.

import Failures
import Tensors

/// Numbers of a model that are NaN or infinite.
public enum NonFiniteModel: SharedFailure, Equatable {
  /// A parameter with such values in the file of a model.
  case parameter(path: String, name: String, count: Int)
  /// Outputs of some images, though all parameters are finite.
  case outputs(model: String, count: Int, first: String)

  public var kind: FailureKind { .numerical }

  public var description: String {
    switch self {
    case .parameter(let path, let name, let count):
      "\(path): \(count) values of \(name) are not finite: the training diverged, or the file was "
        + "changed; use an earlier checkpoint"
    case .outputs(let model, let count, let first):
      "\(model): the outputs for \(count) \(count == 1 ? "image" : "images") are not finite, the first "
        + "is '\(first)'"
    }
  }
}

extension StoredModel {
  /// - Throws: `NonFiniteModel` for the first parameter that is not finite; its scores would be none.
  public func requireFinite() throws(NonFiniteModel) {
    for entry in model.layout.entries {
      let count = parameters.buffer[entry.range].count { !$0.isFinite }
      guard count == 0 else {
        throw .parameter(path: path, name: entry.name, count: count)
      }
    }
  }
}

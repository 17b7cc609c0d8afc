// SHA-256 as the identity of parameters and training states.

import Digests
import Tensors

/// Digests of a training state; they do not depend on the number of ranks, on time or on padding.
public struct StateDigest: Equatable, Sendable {
  /// SHA-256 of all parameters in layout order: for each the line `name 3x4x5⏎`, then its values as
  /// little-endian float32.
  public let parameters: String
  /// SHA-256 of step, epoch, cursor, seed and optimizer step, the parameters, and the moments in the
  /// order of their names.
  public let state: String

  /// The parameter digest of a model in memory, equal to that of a checkpoint of it.
  public static func parameters(of store: ParameterStore) -> String {
    var hash = SHA256()
    for entry in store.layout.entries {
      hash.update(header(name: entry.name, shape: entry.shape))
      hash.update(UnsafeRawBufferPointer(store.buffer[entry.range]))
    }
    return hash.finish()
  }

  static func header(name: String, shape: [Int]) -> String {
    "\(name) \(shape.map(String.init).joined(separator: "x"))\n"
  }
}

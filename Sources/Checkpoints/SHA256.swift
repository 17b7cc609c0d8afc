// SHA-256 through OpenSSL, as the identity of parameters and training states.

import CCrypto
import Tensors

/// A running SHA-256. The context belongs to this value alone.
struct SHA256: ~Copyable {
  private let context: OpaquePointer?
  private var isSound: Bool

  init() {
    context = EVP_MD_CTX_new()
    isSound = context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
  }

  deinit { EVP_MD_CTX_free(context) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    isSound = isSound && EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
  }

  mutating func update(_ text: String) { Array(text.utf8).withUnsafeBytes { update($0) } }

  /// The digest as 64 hexadecimal digits.
  consuming func finish() -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    isSound = isSound && EVP_DigestFinal_ex(context, &bytes, nil) == 1
    // Only a library without SHA-256 or without memory fails; no digest may look like a real one then.
    precondition(isSound, "OpenSSL could not compute a SHA-256")
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

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

// SHA-256 through OpenSSL: the identity of parameters, of label tables and of images.

import CCrypto

/// A running SHA-256. The context belongs to this value alone.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer?
  private var isSound: Bool

  /// The digest of no bytes yet (`EVP_DigestInit_ex`).
  public init() {
    context = EVP_MD_CTX_new()
    isSound = context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes (`EVP_DigestUpdate`).
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    isSound = isSound && EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
  }

  /// Adds the UTF-8 bytes of a text.
  public mutating func update(_ text: String) { Array(text.utf8).withUnsafeBytes { update($0) } }

  /// The digest as 64 hexadecimal digits.
  public consuming func finish() -> String {
    let digits = Array("0123456789abcdef")
    return String(finishBytes().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The digest as 32 bytes (`EVP_DigestFinal_ex`).
  public consuming func finishBytes() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    isSound = isSound && EVP_DigestFinal_ex(context, &bytes, nil) == 1
    // Only a library without SHA-256 or without memory fails; no digest may look like a real one
    // then.
    precondition(isSound, "OpenSSL could not compute a SHA-256")
    return bytes
  }
}

// A name in a directory. POSIX names are bytes: they need not be UTF-8, and two Unicode forms of
// one word are two names, though equal as `String`.

#if canImport(Glibc)
  import Glibc
#endif

/// One component of a path, or any other name that is told from others byte by byte.
public struct FileName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// UTF-8 bytes are kept as text, which most names are and most users want.
  private enum Storage: Sendable {
    case text(String)
    case bytes([UInt8])
  }

  private let storage: Storage

  public init(_ text: String) { storage = .text(text) }

  public init(_ bytes: some Collection<UInt8>) {
    let text = String(validating: bytes, as: UTF8.self)
    storage = text.map { .text($0) } ?? .bytes(Array(bytes))
  }

  /// The name; nil if its bytes are not UTF-8.
  public var text: String? {
    if case .text(let text) = storage { text } else { nil }
  }

  /// The name for people: what is not UTF-8 shows as U+FFFD.
  public var description: String {
    switch storage {
    case .text(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Whether it begins with a dot.
  public var isHidden: Bool { withBytes { $0.first == 0x2E } }

  public static func == (first: FileName, second: FileName) -> Bool {
    first.withBytes { a in second.withBytes { b in compare(a, b) == 0 } }
  }

  /// Order of the bytes, the same in every locale.
  public static func < (first: FileName, second: FileName) -> Bool {
    first.withBytes { a in second.withBytes { b in compare(a, b) < 0 } }
  }

  public func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  private static func compare(
    _ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>
  ) -> Int {
    let common = min(first.count, second.count)
    if common > 0, let a = first.baseAddress, let b = second.baseAddress {
      let order = memcmp(a, b, common)
      if order != 0 { return Int(order) }
    }
    return first.count - second.count
  }

  private func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    switch storage {
    case .text(var text): text.withUTF8(body)
    case .bytes(let bytes): bytes.withUnsafeBufferPointer(body)
    }
  }
}

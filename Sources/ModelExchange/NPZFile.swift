// A .npz checkpoint: a zip archive of .npy arrays, official names in it.

import Checkpoints
import Tensors
import ZipArchives

/// An array of a file, its data checked.
public struct NPZArray: Equatable, Sendable {
  /// Official name, without `opt/target/`.
  public let name: String
  public let shape: [Int]
  let entry: String
  let header: NPYHeader
  /// NumPy's name of the element type.
  public var type: String { header.type.rawValue }
}

/// The arrays of a .npz file that a MUSIQ model can use; nothing else in it is read.
///
/// Opening reads every such array once and compares it with its checksum and declared sizes, keeping
/// nothing, so that memory is taken later only for data that is really there.
public struct NPZFile: Sendable {
  public let path: String
  /// In the order of the file.
  public let arrays: [NPZArray]
  /// Names that are no parameter of the model and no known company of parameters.
  public let unexpected: [String]
  /// Names of what lies beside the parameters: `opt/state/…`, `extra/…`.
  public let ignored: [String]
  /// The run configuration that this program's own exports carry, as YAML.
  public let configuration: String?

  /// Elements of all arrays together at most: 4 GiB as float32.
  static let elementLimit = NPYHeader.elementLimit
  /// Where an export keeps its configuration, as an array of bytes.
  static let configurationEntry = "extra/musiq_dist/configuration.npy"

  /// - Throws: `CheckpointError` of kind `unreadable`: no zip archive, cut short, a wrong checksum, a
  ///   type or header that is not read, or sizes that contradict each other.
  public init(_ path: String) throws(CheckpointError) {
    let reader = try NPZArchive(path)
    let chunk = ByteChunk()
    var (arrays, unexpected, ignored): ([NPZArray], [String], [String]) = ([], [], [])
    var names: Set<String> = []
    var total = 0
    var configuration: String?
    while let entry = try reader.next() {
      let name = EntryName(entry.name)
      switch name {
      case .ignored(let name): ignored.append(name)
      case .unknown(let name): unexpected.append(name)
      case .configuration, .parameter:
        var array = try ArrayReader(entry, of: reader, path: path)
        guard case .parameter(let parameter) = name else {
          configuration = try array.text(limit: CheckpointState.configurationLimit)
          continue
        }
        guard names.insert(parameter).inserted else {
          throw CheckpointError(.unreadable, path: path, reason: "\(parameter) is there twice")
        }
        total += array.header.elementCount
        guard total <= Self.elementLimit else {
          throw CheckpointError(
            .unreadable, path: path, reason: "more than \(Self.elementLimit) parameters")
        }
        try array.forEachChunk(chunk) { _, _ in }
        arrays.append(
          NPZArray(
            name: parameter, shape: array.header.shape, entry: entry.name, header: array.header))
      }
    }
    self.path = path
    self.arrays = arrays
    self.unexpected = unexpected
    self.ignored = ignored
    self.configuration = configuration
  }

  /// Reads arrays as float32 to where they belong.
  /// - Parameter destination: memory for the array of this name, as many floats as it has elements, or
  ///   nil to leave it out.
  /// - Throws: `CheckpointError` of kind `unreadable`; the memory is undefined then.
  public func read(
    into destination: (String) -> UnsafeMutableBufferPointer<Float>?
  ) throws(CheckpointError) {
    let reader = try NPZArchive(path)
    let chunk = ByteChunk()
    var remaining: [String: NPZArray] = [:]
    for array in arrays { remaining[array.entry] = array }
    while let entry = try reader.next() {
      guard let expected = remaining.removeValue(forKey: entry.name),
        let target = destination(expected.name)
      else { continue }
      var array = try ArrayReader(entry, of: reader, path: path)
      precondition(
        target.count == expected.header.elementCount,
        "\(expected.name): expected \(expected.header.elementCount) floats, got \(target.count)")
      guard array.header == expected.header else { throw changed }
      guard let start = target.baseAddress else { continue }
      let type = array.header.type
      var done = 0
      try array.forEachChunk(chunk) { bytes, count in
        type.convert(bytes, count: count, into: start + done)
        done += count
      }
    }
    guard remaining.isEmpty else { throw changed }
  }

  private var changed: CheckpointError {
    CheckpointError(.unreadable, path: path, reason: "the file changed while it was read")
  }
}

/// The archive with errors that name the file as a checkpoint.
struct NPZArchive {
  private let reader: ZipReader
  private let path: String

  init(_ path: String) throws(CheckpointError) {
    self.path = path
    do { reader = try ZipReader(path) } catch { throw Self.failure(error, path) }
  }

  func next() throws(CheckpointError) -> ZipReader.Entry? {
    do { return try reader.next() } catch { throw Self.failure(error, path) }
  }

  func read(
    into memory: UnsafeMutableRawPointer, count: Int, of entry: ZipReader.Entry
  ) throws(CheckpointError) -> Int {
    do { return try reader.read(into: memory, count: count, of: entry) } catch {
      throw Self.failure(error, path)
    }
  }

  private static func failure(_ error: ZipError, _ path: String) -> CheckpointError {
    CheckpointError(.unreadable, path: path, reason: error.reason)
  }
}

/// What the name of an entry says about it.
enum EntryName: Equatable {
  case parameter(String)
  case configuration
  case ignored(String)
  case unknown(String)

  init(_ entry: String) {
    guard entry.hasSuffix(".npy") else {
      self = .unknown(entry)
      return
    }
    let name = String(entry.dropLast(4))
    let prefix = "opt/target/"
    let parameter = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    if entry == NPZFile.configurationEntry {
      self = .configuration
    } else if OfficialNames.contains(parameter) {
      self = .parameter(parameter)
    } else if parameter == name && (name.hasPrefix("opt/") || name.hasPrefix("extra/")) {
      self = .ignored(name)
    } else {
      self = .unknown(parameter)
    }
  }
}

/// Scratch of a whole number of elements of any type.
final class ByteChunk {
  let memory = AlignedBuffer<UInt64>(count: 1 << 16)
  var pointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(memory.pointer) }
  var byteCount: Int { memory.count * 8 }
}

/// One array while its entry is the current one of the archive.
struct ArrayReader {
  let entry: ZipReader.Entry
  let reader: NPZArchive
  let path: String
  let header: NPYHeader

  /// Reads the header and checks that the declared size of the entry is that of its array.
  init(_ entry: ZipReader.Entry, of reader: NPZArchive, path: String) throws(CheckpointError) {
    (self.entry, self.reader, self.path) = (entry, reader, path)
    if let problem = entry.problem { throw Self.failure(entry, path, problem) }
    func bytes(_ count: Int) throws(CheckpointError) -> [UInt8] {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 8)
      defer { memory.deallocate() }
      guard let start = memory.baseAddress else { return [] }
      return Array(memory.prefix(try reader.read(into: start, count: count, of: entry)))
    }
    func parsed<Value>(
      _ body: () throws(NPYHeader.Problem) -> Value
    ) throws(CheckpointError) -> Value {
      do throws(NPYHeader.Problem) { return try body() } catch {
        throw Self.failure(entry, path, error.text)
      }
    }
    let prefix = try bytes(NPYHeader.prefixCount)
    let fieldCount = try parsed { () throws(NPYHeader.Problem) in
      try NPYHeader.lengthFieldCount(prefix: prefix)
    }
    let field = try bytes(fieldCount)
    let length = try parsed { () throws(NPYHeader.Problem) in
      try NPYHeader.textLength(field: field)
    }
    let text = try bytes(length)
    header = try parsed { () throws(NPYHeader.Problem) in try NPYHeader(text: text) }
    let headerCount = prefix.count + field.count + text.count
    let expected = headerCount + header.elementCount * header.type.size
    guard entry.size == expected else {
      throw Self.failure(
        entry, path,
        "declares \(header.shape) of \(header.type.rawValue), \(expected) bytes with the header, but "
          + "the archive says \(entry.size)")
    }
  }

  /// Calls `body` with consecutive pieces of the elements, to the last, and checks that nothing follows.
  mutating func forEachChunk(
    _ chunk: ByteChunk, _ body: (UnsafeRawPointer, _ count: Int) -> Void
  ) throws(CheckpointError) {
    let size = header.type.size
    var remaining = header.elementCount
    while remaining > 0 {
      let count = min(remaining, chunk.byteCount / size)
      let got = try reader.read(into: chunk.pointer, count: count * size, of: entry)
      guard got == count * size else { throw Self.failure(entry, path, "ends before its data") }
      body(chunk.pointer, count)
      remaining -= count
    }
    // Reading to the end is what makes libarchive compare the checksum.
    guard try reader.read(into: chunk.pointer, count: 1, of: entry) == 0 else {
      throw Self.failure(entry, path, "has more data than it declares")
    }
  }

  /// The elements of an array of bytes as text.
  mutating func text(limit: Int) throws(CheckpointError) -> String {
    guard header.type == .uint8, header.shape.count == 1, header.elementCount <= limit else {
      throw Self.failure(entry, path, "expected at most \(limit) bytes of text")
    }
    var bytes: [UInt8] = []
    try forEachChunk(ByteChunk()) { memory, count in
      bytes += UnsafeRawBufferPointer(start: memory, count: count)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Self.failure(entry, path, "is no valid UTF-8")
    }
    return text
  }

  private static func failure(
    _ entry: ZipReader.Entry, _ path: String, _ problem: String
  ) -> CheckpointError {
    CheckpointError(.unreadable, path: path, reason: "entry '\(entry.name)' \(problem)")
  }
}

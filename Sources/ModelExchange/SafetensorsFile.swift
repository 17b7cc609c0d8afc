// A .safetensors file → parameters: the exports of this program, and files with official names.

import Checkpoints
import Files
import Foundation
import MUSIQ
import Tensors

/// The table of a .safetensors file; values are read when they are asked for.
///
/// Files are not trusted. The header has at most 16 MiB and must be one JSON object; types are plain floats,
/// shapes fit their bytes, and the tensors cover the data from end to end without gap or overlap, before
/// memory is taken for any of them.
public struct SafetensorsFile: Sendable {
  /// A tensor as the file names it.
  struct Tensor: Equatable, Sendable {
    let name: String
    let shape: [Int]
    let type: NPYType
    /// Bytes of the file.
    let range: Range<Int>
    var count: Int { range.count / type.size }
  }

  public let path: String
  /// Texts of `__metadata__`.
  public let metadata: [String: String]
  /// In the order of their data.
  let tensors: [Tensor]
  /// Which names the tensors have.
  let names: ExportNames
  /// What the head was before its outputs became scores in units; nil if nothing has changed it.
  let trainedHead: TrainedHead?

  /// What the head is called, officially and in pyiqa.
  static let headKernels = ["head/kernel", "head.weight", "head.0.weight"]
  private static let headBiases = ["head/bias", "head.bias", "head.0.bias"]
  static let headerLimit = 16 << 20
  /// Elements of all tensors together at most: 4 GiB as float32.
  static let elementLimit = NPYHeader.elementLimit

  /// Reads and checks the header.
  /// - Throws: `CheckpointError` of kind `unreadable`: cut short, no header, a type that is not read, or
  ///   sizes that contradict each other.
  public init(_ path: String) throws(CheckpointError) {
    let size: Int
    var bytes: [UInt8]
    do throws(FileError) {
      let file = try RegularFile(path)
      size = file.size
      bytes = try file.read(first: 8 + Self.headerLimit)
    } catch {
      throw CheckpointError(.unreadable, path: path, reason: error.reason)
    }
    func fail(_ reason: String) -> CheckpointError {
      CheckpointError(.unreadable, path: path, reason: reason)
    }
    guard bytes.count >= 8 else { throw fail("no safetensors header: the file has \(size) bytes") }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.headerLimit), Int(length) <= size - 8 else {
      throw fail(
        "the safetensors header says that it has \(length) bytes; at most \(Self.headerLimit) are "
          + "read, and the file has \(size)")
    }
    let start = 8 + Int(length)
    bytes = Array(bytes[8..<start])
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)) else {
      throw fail(
        "the safetensors header is no JSON object of tensors with dtype, shape and data_offsets")
    }
    self.path = path
    metadata = header.metadata
    do throws(Problem) {
      tensors = try Self.tensors(header, data: start..<size)
    } catch {
      throw fail(error.text)
    }
    guard let names = ExportNames(rawValue: metadata["names"] ?? ExportNames.official.rawValue)
    else {
      throw fail("its tensors have the names of '\(metadata["names"] ?? "")', which are not known")
    }
    self.names = names
    trainedHead = try Self.trainedHead(metadata, tensors, path)
  }

  /// SHA-256 of the parameters, where an export of this program says it.
  public var digest: String? { metadata["parameters_sha256"] }

  /// The run configuration that this program's own exports carry, as YAML.
  public var configuration: String? { metadata["configuration"] }

  /// `model.score.offset` and `scale` of the outputs before they were put into units.
  public var units: (offset: Double, scale: Double)? {
    trainedHead.map { ($0.offset, $0.scale) }
  }

  /// Names and shapes, names as the official code has them where that can be told.
  var parameters: [(name: String, shape: [Int])] { tensors.map { ($0.name, $0.shape) } }

  // MARK: Header

  private struct Problem: Error { let text: String }

  /// The JSON of the header.
  private struct Header: Decodable {
    struct Entry: Decodable {
      let dtype: String
      let shape, data_offsets: [Int]
    }

    struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    var metadata: [String: String] = [:]
    var entries: [(name: String, entry: Entry)] = []

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          entries.append((key.stringValue, try container.decode(Entry.self, forKey: key)))
        }
      }
    }
  }

  private static func tensors(_ header: Header, data: Range<Int>) throws(Problem) -> [Tensor] {
    var result: [Tensor] = []
    var total = 0
    for (name, entry) in header.entries {
      let tensor = try tensor(name, entry, data: data)
      total += tensor.count
      guard total <= elementLimit else { throw Problem(text: "more than \(elementLimit) values") }
      result.append(tensor)
    }
    result.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = data.lowerBound
    for tensor in result {
      guard tensor.range.lowerBound == end else {
        throw Problem(
          text: "the data of '\(tensor.name)' does not follow that of the tensor before")
      }
      end = tensor.range.upperBound
    }
    guard end == data.upperBound else {
      throw Problem(
        text: "the tensors have \(end - data.lowerBound) bytes of data, the file \(data.count)")
    }
    return result
  }

  private static let types: [String: NPYType] = [
    "F32": .float32, "F16": .float16, "F64": .float64, "BF16": .bfloat16,
  ]

  private static func tensor(
    _ name: String, _ entry: Header.Entry, data: Range<Int>
  ) throws(Problem) -> Tensor {
    guard let type = types[entry.dtype] else {
      throw Problem(
        text: "'\(name)' has values of type \(entry.dtype); F32, F16, F64 and BF16 are read")
    }
    var count = 1
    for size in entry.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow, product <= elementLimit else {
        throw Problem(text: "'\(name)' has the shape \(entry.shape)")
      }
      count = product
    }
    let offsets = entry.data_offsets
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= data.count,
      offsets[1] - offsets[0] == count * type.size
    else {
      throw Problem(
        text:
          "'\(name)' of shape \(entry.shape) needs \(count * type.size) bytes, its data_offsets are "
          + "\(offsets), of \(data.count)")
    }
    let start = data.lowerBound
    return Tensor(
      name: name, shape: entry.shape, type: type, range: start + offsets[0]..<start + offsets[1])
  }

  // MARK: Values

  /// The values of a tensor in the order of the file.
  /// - Throws: `CheckpointError` of kind `unreadable`.
  func values(of tensor: Tensor) throws(CheckpointError) -> [Float] {
    try Self.values(of: tensor, path)
  }

  private static func values(
    of tensor: Tensor, _ path: String
  ) throws(CheckpointError) -> [Float] {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try RegularFile(path).read(tensor.range)
    } catch {
      throw CheckpointError(.unreadable, path: path, reason: error.reason)
    }
    guard bytes.count == tensor.range.count else {
      throw CheckpointError(.unreadable, path: path, reason: "the file changed while it was read")
    }
    return [Float](unsafeUninitializedCapacity: tensor.count) { buffer, filled in
      bytes.withUnsafeBytes { source in
        guard let source = source.baseAddress, let target = buffer.baseAddress else { return }
        tensor.type.convert(source, count: tensor.count, into: target)
      }
      filled = tensor.count
    }
  }

  /// How the file fits a model.
  func report(for layout: ParameterLayout) -> LoadReport {
    var stored: [String: Tensor] = [:]
    for tensor in tensors { stored[tensor.name] = tensor }
    var found: [(name: String, shape: [Int])] = []
    var converted: [(name: String, type: String)] = []
    for entry in layout.entries {
      let wanted = exported(entry)
      guard let tensor = stored.removeValue(forKey: wanted.name) else { continue }
      found.append((entry.name, tensor.shape == wanted.shape ? entry.shape : tensor.shape))
      if tensor.type != .float32 { converted.append((entry.name, tensor.type.rawValue)) }
    }
    return LoadReport(
      layout, found: found, unexpected: tensors.map(\.name).filter { stored[$0] != nil },
      converted: converted)
  }

  /// Copies parameters into `store`, in the order of the official code. The head is that which the run
  /// trained, if the file has it.
  func read(_ names: Set<String>, into store: ParameterStore) throws(CheckpointError) {
    var stored: [String: Tensor] = [:]
    for tensor in tensors { stored[tensor.name] = tensor }
    for entry in store.layout.entries where names.contains(entry.name) {
      let wanted = exported(entry)
      guard let tensor = stored[wanted.name] else { continue }
      wanted.restore(try values(of: tensor), into: store)
    }
    guard let head = trainedHead, names.contains("head/kernel"), names.contains("head/bias") else {
      return
    }
    _ = store["head/kernel"].update(fromContentsOf: head.kernel)
    _ = store["head/bias"].update(fromContentsOf: head.bias)
  }

  /// What the metadata say of the head before its outputs were put into units, if the tensors of the file
  /// are still what came of it.
  private static func trainedHead(
    _ metadata: [String: String], _ tensors: [Tensor], _ path: String
  ) throws(CheckpointError) -> TrainedHead? {
    guard let head = TrainedHead(metadata),
      let kernel = tensors.first(where: { headKernels.contains($0.name) }),
      let bias = tensors.first(where: { headBiases.contains($0.name) })
    else { return nil }
    let isTransposed = kernel.name != "head/kernel"
    let (weights, biases) = (try values(of: kernel, path), try values(of: bias, path))
    return head.gives(kernel: weights, isTransposed: isTransposed, bias: biases) ? head : nil
  }

  private func exported(_ entry: ParameterLayout.Entry) -> PyIQATensor {
    names == .pyiqa ? PyIQATensor(entry) : PyIQATensor(unchanged: entry)
  }
}

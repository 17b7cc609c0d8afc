// One checkpoint file as a single process sees it: show, verify, digest, take the parameters.

import Digests
import Files
import HDF5
import Tensors

/// A checkpoint whose table of contents has been read and checked. The file is opened again by each
/// method, so the value is plain data.
public struct CheckpointFile: Sendable {
  public let path: String
  public let state: CheckpointState
  /// Names of the moments, in order.
  public let moments: [String]
  /// The parameters in layout order, then the moments by name in the same order.
  public let tensors: [CheckpointTensor]

  /// A tensor with what its values say.
  public struct Measured: Sendable {
    public let tensor: CheckpointTensor
    /// √Σ x² in Double.
    public let norm: Double
    /// False when the values do not have the checksum of the table.
    public let isIntact: Bool
  }

  /// - Parameter path: the file, or a directory as in `CheckpointPath`.
  /// - Throws: `CheckpointError` of kind `unreadable`.
  public init(_ path: String) throws(CheckpointError) {
    let path = try CheckpointPath.resolve(path)
    let table = try Self.table(of: path)
    self.path = path
    state = table.state
    moments = table.moments
    tensors = table.tensors
  }

  static func table(of path: String) throws(CheckpointError) -> CheckpointTable {
    try CheckpointTable(reading: try open(path), at: path)
  }

  /// The parameters only.
  public var parameters: [CheckpointTensor] { tensors.filter { $0.group == "parameters" } }

  /// Norm and checksum of every tensor. Reads the whole file.
  public func measure() throws(CheckpointError) -> [Measured] {
    var result: [Measured] = []
    try scan { tensor, values in
      var sum = 0.0
      let crc = try values { for x in $0 { sum += Double(x) * Double(x) } }
      result.append(
        Measured(tensor: tensor, norm: sum.squareRoot(), isIntact: crc == tensor.crc))
    }
    return result
  }

  /// What is wrong with the values of the file, a word for each tensor: nothing in a sound file. A run cannot
  /// go on from values that are infinite or NaN, although their checksum is right.
  public func verify() throws(CheckpointError) -> [String] {
    var damaged: [String] = []
    try scan { tensor, values in
      var isFinite = true
      if try values({ isFinite = isFinite && Fingerprint($0).isFinite }) != tensor.crc {
        damaged.append(tensor.path)
      } else if !isFinite {
        damaged.append("\(tensor.path) (infinite or NaN)")
      }
    }
    return damaged
  }

  /// SHA-256 of the parameters and of the whole state.
  /// - Throws: `CheckpointError` for a file with damaged values: they have no digest.
  public func digest() throws(CheckpointError) -> StateDigest {
    var parameters = SHA256()
    var whole = SHA256()
    whole.update(
      "step \(state.step) epoch \(state.epoch) cursor \(state.cursor) seed \(state.seed) "
        + "optimizer_step \(state.optimizerStep)\n")
    try scan { tensor, values in
      let isParameter = tensor.group == "parameters"
      if isParameter {
        parameters.update(StateDigest.header(name: tensor.name, shape: tensor.shape))
      }
      whole.update(StateDigest.header(name: tensor.path, shape: tensor.shape))
      let crc = try values {
        if isParameter { parameters.update(UnsafeRawBufferPointer($0)) }
        whole.update(UnsafeRawBufferPointer($0))
      }
      try require(tensor, crc)
    }
    return StateDigest(parameters: parameters.finish(), state: whole.finish())
  }

  /// Copies all parameters into `store`.
  /// - Throws: `CheckpointError`: `mismatch` naming the first differing tensors, `unreadable` for
  ///   damaged values (the store is undefined then).
  public func read(into store: ParameterStore) throws(CheckpointError) {
    let table = CheckpointTable(state: state, moments: moments, tensors: tensors)
    try table.require(store.layout, groups: ["parameters"], path: path)
    try scan(group: "parameters") { tensor, values in
      var next = store[tensor.name].baseAddress
      let crc = try values { part in
        guard let source = part.baseAddress else { return }
        next?.update(from: source, count: part.count)
        next = next.map { $0 + part.count }
      }
      try require(tensor, crc)
    }
  }

  /// The values of one tensor, row-major.
  public func values(of tensor: CheckpointTensor) throws(CheckpointError) -> [Float] {
    var result: [Float] = []
    try scan(group: tensor.group, name: tensor.name) { tensor, values in
      let crc = try values { result.append(contentsOf: $0) }
      try require(tensor, crc)
    }
    return result
  }

  private func require(_ tensor: CheckpointTensor, _ crc: UInt32) throws {
    guard crc == tensor.crc else {
      throw CheckpointError(
        .unreadable, path: path, reason: "\(tensor.path): the checksum of its values is wrong")
    }
  }

  private static func open(_ path: String) throws(CheckpointError) -> File {
    do throws(FileError) {
      // HDF5 says the same in four lines, and waits for the writer of a pipe.
      _ = try RegularFile(path)
    } catch {
      throw CheckpointError(.unreadable, path: path, reason: error.reason)
    }
    do {
      return try File.openReadOnly(path)
    } catch {
      throw CheckpointError(.unreadable, path: path, reason: "\(error)")
    }
  }

  /// Calls `body` for each tensor with a function that reads its values in pieces and returns their
  /// checksum.
  private func scan(
    group: String? = nil, name: String? = nil,
    _ body: (
      CheckpointTensor, _ values: ((UnsafeBufferPointer<Float>) -> Void) throws -> UInt32
    ) throws -> Void
  ) throws(CheckpointError) {
    let file = try Self.open(path)
    let reader = ChunkReader()
    do {
      for tensor in tensors
      where (group == nil || group == tensor.group) && (name == nil || name == tensor.name) {
        let dataset = try Dataset(opening: tensor.path, in: file)
        guard dataset.shape == tensor.shape else {
          throw CheckpointError(
            .unreadable, path: path, reason: "\(tensor.path): the file has changed")
        }
        try body(tensor) { consume in
          var crc = CRC32C()
          try reader.read(0..<tensor.count, of: dataset) {
            crc.update(UnsafeRawBufferPointer($0))
            consume($0)
          }
          return crc.value
        }
      }
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(.unreadable, path: path, reason: "\(error)")
    }
  }
}

// Any float32 arrays as .npz, for results that people read with NumPy.

import Checkpoints
import ZipArchives

/// A named array of floats.
public struct NamedArray: Equatable, Sendable {
  public let name: String
  public let shape: [Int]
  /// Row-major.
  public let values: [Float]

  /// - Precondition: there are as many values as the shape says.
  public init(_ name: String, shape: [Int], _ values: [Float]) {
    precondition(
      values.count == shape.reduce(1, *), "\(name): expected \(shape), got \(values.count) values")
    (self.name, self.shape, self.values) = (name, shape, values)
  }
}

/// Archives of named arrays that are no model.
public enum NPZArrays {
  /// Writes the arrays in order, stored, as `<name>.npy`, and compares what is on disk.
  /// - Throws: `CheckpointError`; the file is complete or absent.
  public static func write(_ arrays: [NamedArray], to path: String) throws(CheckpointError) {
    try ModelFile.replace(path) { file in
      let archive = try ZipWriter(descriptor: file.descriptor)
      for array in arrays {
        let header = NPYHeader(type: .float32, shape: array.shape).bytes
        try header.withUnsafeBytes { header in
          try array.values.withUnsafeBytes { try archive.add("\(array.name).npy", [header, $0]) }
        }
      }
      try archive.finish()
    } verify: { temporary in
      guard try read(temporary).elementsEqual(arrays, by: { $0.isSame(as: $1) }) else {
        throw CheckpointError(.verification, path: temporary, reason: "other values than written")
      }
    }
  }

  /// All arrays of an archive as float32, in order.
  /// - Throws: `CheckpointError` of kind `unreadable`.
  public static func read(_ path: String) throws(CheckpointError) -> [NamedArray] {
    let reader = try NPZArchive(path)
    let chunk = ByteChunk()
    var arrays: [NamedArray] = []
    while let entry = try reader.next() {
      var array = try ArrayReader(entry, of: reader, path: path)
      var values = [Float](repeating: 0, count: array.header.elementCount)
      var done = 0
      let type = array.header.type
      try array.forEachChunk(chunk) { bytes, count in
        values.withUnsafeMutableBufferPointer { target in
          guard let start = target.baseAddress else { return }
          type.convert(bytes, count: count, into: start + done)
        }
        done += count
      }
      let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      arrays.append(NamedArray(name, shape: array.header.shape, values))
    }
    return arrays
  }
}

extension NamedArray {
  /// Equal bit by bit, so that NaN equals itself.
  fileprivate func isSame(as other: NamedArray) -> Bool {
    name == other.name && shape == other.shape
      && values.elementsEqual(other.values) { $0.bitPattern == $1.bitPattern }
  }
}

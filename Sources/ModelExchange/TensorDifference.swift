// Two files with parameters, tensor by tensor.

import Checkpoints

/// A tensor that is not the same in two files.
public struct TensorDifference: Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Equatable, Sendable {
    case onlyInFirst
    case onlyInSecond
    case shapes([Int], [Int])
    /// How many elements differ, the largest |a − b|, and ‖a − b‖ / ‖a‖.
    case values(count: Int, largest: Double, relative: Double)
  }

  /// `parameters/<name>` or `optimizer/<moment>/<name>`.
  public let path: String
  public let kind: Kind

  public var description: String {
    switch kind {
    case .onlyInFirst: "\(path): only in the first file"
    case .onlyInSecond: "\(path): only in the second file"
    case .shapes(let a, let b): "\(path): shape \(a) against \(b)"
    case .values(let count, let largest, let relative):
      "\(path): \(count) elements differ, by \(Float(largest)) at most, relative norm \(Float(relative))"
    }
  }
}

extension WeightFile {
  /// What differs, in the order of the first file; bits count, so −0 is not 0. Moments are compared when
  /// both files have some.
  /// - Throws: `CheckpointError` for damaged values.
  public func differences(from other: WeightFile) throws(CheckpointError) -> [TensorDifference] {
    let (first, second) = (try TensorValues(self), try TensorValues(other))
    let withMoments = [first, second].allSatisfy { $0.paths.contains { $0.hasPrefix("opt") } }
    func compared(_ paths: [String]) -> [String] {
      paths.filter { withMoments || $0.hasPrefix("parameters/") }
    }
    var result: [TensorDifference] = []
    for path in compared(first.paths) {
      guard let b = second.shapes[path] else {
        result.append(TensorDifference(path: path, kind: .onlyInFirst))
        continue
      }
      let a = first.shapes[path] ?? []
      guard a == b else {
        result.append(TensorDifference(path: path, kind: .shapes(a, b)))
        continue
      }
      if let kind = Self.difference(try first.values(path), try second.values(path)) {
        result.append(TensorDifference(path: path, kind: kind))
      }
    }
    for path in compared(second.paths) where first.shapes[path] == nil {
      result.append(TensorDifference(path: path, kind: .onlyInSecond))
    }
    return result
  }

  private static func difference(_ a: [Float], _ b: [Float]) -> TensorDifference.Kind? {
    var count = 0
    var (largest, squares, total) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      total += Double(x) * Double(x)
      guard x.bitPattern != y.bitPattern else { continue }
      count += 1
      let difference = Double(x) - Double(y)
      largest = max(largest, abs(difference))
      squares += difference * difference
    }
    guard count > 0 else { return nil }
    return .values(
      count: count, largest: largest,
      relative: total > 0 ? (squares / total).squareRoot() : .infinity)
  }
}

/// The tensors of a file by path, read one at a time where the format allows.
private struct TensorValues {
  private(set) var paths: [String] = []
  private(set) var shapes: [String: [Int]] = [:]
  private let checkpoint: CheckpointFile?
  private var tensors: [String: CheckpointTensor] = [:]
  private var loaded: [String: [Float]] = [:]

  init(_ file: WeightFile) throws(CheckpointError) {
    switch file {
    case .checkpoint(let file):
      checkpoint = file
      for tensor in file.tensors {
        paths.append(tensor.path)
        shapes[tensor.path] = tensor.shape
        tensors[tensor.path] = tensor
      }
    case .safetensors(let file):
      checkpoint = nil
      for tensor in file.tensors {
        let path = "parameters/\(tensor.name)"
        paths.append(path)
        shapes[path] = tensor.shape
        loaded[path] = try file.values(of: tensor)
      }
    case .npz(let file):
      checkpoint = nil
      var buffers: [String: UnsafeMutableBufferPointer<Float>] = [:]
      defer { for buffer in buffers.values { buffer.deallocate() } }
      for array in file.arrays {
        let path = "parameters/\(array.name)"
        paths.append(path)
        shapes[path] = array.shape
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(
          capacity: array.shape.reduce(1, *))
        buffer.initialize(repeating: 0)
        buffers[array.name] = buffer
      }
      try file.read { buffers[$0] }
      for (name, buffer) in buffers { loaded["parameters/\(name)"] = Array(buffer) }
    }
  }

  func values(_ path: String) throws(CheckpointError) -> [Float] {
    if let values = loaded[path] { return values }
    guard let checkpoint, let tensor = tensors[path] else { return [] }
    return try checkpoint.values(of: tensor)
  }
}

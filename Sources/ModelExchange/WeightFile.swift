// Any file that parameters can be taken from, told by its first bytes.

import Checkpoints
import Files
import Tensors

/// A checkpoint of this program, a .npz with official names, or a .safetensors export.
public enum WeightFile: Sendable {
  case checkpoint(CheckpointFile)
  case npz(NPZFile)
  case safetensors(SafetensorsFile)

  /// - Parameter path: the file, or a directory as in `CheckpointPath`.
  /// - Throws: `CheckpointError` of kind `unreadable`.
  public init(_ path: String) throws(CheckpointError) {
    let path = try CheckpointPath.resolve(path)
    let start: [UInt8]
    do throws(FileError) {
      start = try RegularFile(path).read(first: 9)
    } catch {
      throw CheckpointError(.unreadable, path: path, reason: error.reason)
    }
    if start.starts(with: Array("PK".utf8)) {
      self = .npz(try NPZFile(path))
    } else if path.hasSuffix(".safetensors") || start.count == 9 && start[8] == UInt8(ascii: "{") {
      self = .safetensors(try SafetensorsFile(path))
    } else {
      self = .checkpoint(try CheckpointFile(path))
    }
  }

  public var path: String {
    switch self {
    case .checkpoint(let file): file.path
    case .npz(let file): file.path
    case .safetensors(let file): file.path
    }
  }

  /// Names and shapes of the parameters.
  public var parameters: [(name: String, shape: [Int])] {
    switch self {
    case .checkpoint(let file): file.parameters.map { ($0.name, $0.shape) }
    case .npz(let file): file.arrays.map { ($0.name, $0.shape) }
    case .safetensors(let file): file.parameters
    }
  }

  /// Whether there is a head, under any of its names.
  public var hasHead: Bool {
    parameters.contains { SafetensorsFile.headKernels.contains($0.name) }
  }

  /// The run configuration as YAML; nil for files of other programs.
  public var configuration: String? {
    switch self {
    case .checkpoint(let file): file.state.configuration
    case .npz(let file): file.configuration
    case .safetensors(let file): file.configuration
    }
  }

  /// `model.score.offset` and `scale` of the parameters that are read, where `configuration` describes
  /// a head that has them moved into it.
  public var units: (offset: Double, scale: Double)? {
    if case .safetensors(let file) = self { file.units } else { nil }
  }

  /// How the file fits a model.
  public func report(for layout: ParameterLayout) -> LoadReport {
    switch self {
    case .checkpoint: LoadReport(layout, found: parameters)
    case .npz(let file):
      LoadReport(
        layout, found: parameters, unexpected: file.unexpected, ignored: file.ignored,
        converted: file.arrays.filter { $0.header.type != .float32 }.map { ($0.name, $0.type) })
    case .safetensors(let file): file.report(for: layout)
    }
  }

  /// Copies all matching parameters into `store`; the others keep their values.
  /// - Parameter allowed: names that may be missing or have another shape, see `LoadReport`.
  /// - Throws: `ParametersDiffer` before anything is read, `CheckpointError` for damaged data.
  @discardableResult
  public func load(
    into store: ParameterStore, allowing allowed: [String] = []
  ) throws -> LoadReport {
    let report = report(for: store.layout)
    try report.require(allowing: allowed, path: path)
    let matched = Set(report.matched)
    switch self {
    case .npz(let file):
      try file.read { matched.contains($0) ? store[$0] : nil }
    case .safetensors(let file): try file.read(matched, into: store)
    case .checkpoint(let file)
    where matched.count == file.parameters.count
      && matched.count == store.layout.entries.count:
      try file.read(into: store)
    case .checkpoint(let file):
      for tensor in file.parameters where matched.contains(tensor.name) {
        _ = store[tensor.name].update(fromContentsOf: try file.values(of: tensor))
      }
    }
    return report
  }
}

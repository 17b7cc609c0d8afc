// Models from one kind of file to another.

import Checkpoints
import MPI
import ModelExchange
import RunConfig
import Tensors

extension StoredModel {
  /// Writes a checkpoint of step 0 without moments, under the same protocol as those of a run.
  /// - Collective.
  /// - Throws: `CheckpointError`, the same on all ranks.
  public func writeCheckpoint(to path: String, world: Communicator) throws -> WriteReport {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let state = CheckpointState(
      step: 0, epoch: 0, cursor: 0, seed: configuration.run.seed, optimizerStep: 0,
      configuration: configuration.yaml, program: programVersion, worldSize: world.size,
      optimizerKind: "none")
    let tensors = CheckpointTensors(
      layout: model.layout, parameters: parameters.buffer.elements, moments: [],
      partition: FlatPartition(count: model.layout.storageCount, parts: world.size),
      owners: [parameters.buffer])
    return try CheckpointStore(directory: directory, world: world, keepLast: 1).write(
      state, tensors, name: name)
  }

  /// Formats that other programs read, by the ending of the file name.
  public enum ExportFormat: String, CaseIterable, Sendable {
    case npz, safetensors

    /// Nil for any other ending.
    public init?(path: String) {
      guard let match = Self.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) else {
        return nil
      }
      self = match
    }
  }

  /// Writes the parameters for other programs.
  /// - Parameter names: .npz files always have the official ones.
  /// - Throws: `CheckpointError`; the file is complete or absent.
  public func export(
    to path: String, as format: ExportFormat, names: ExportNames
  ) throws(CheckpointError) {
    switch format {
    case .npz: try NPZFile.write(parameters, configuration: configuration.yaml, to: path)
    case .safetensors:
      try Safetensors.write(
        parameters, names: names,
        metadata: [
          "format": "pt", "program": programVersion, "names": names.rawValue,
          "parameters_sha256": digest, "configuration": configuration.yaml,
        ], to: path)
    }
  }
}

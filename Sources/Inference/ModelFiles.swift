// Models from one kind of file to another.

import Checkpoints
import MPI
import ModelExchange
import Provenance
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

  /// The same model with `model.score.offset` and `scale` moved into the head, whose outputs are then
  /// scores in the units of the data set: other programs know no such keys.
  ///
  /// offset + scale (x W + b) = x (scale W) + (scale b + offset), rounded once per parameter.
  public func withScoresInUnits() -> StoredModel {
    guard let head = trainedHead else { return self }
    let copy = ParameterStore(layout: model.layout)
    copy.buffer.copy(from: parameters.buffer)
    let (kernel, bias) = head.inUnits
    _ = copy["head/kernel"].update(fromContentsOf: kernel)
    _ = copy["head/bias"].update(fromContentsOf: bias)
    var plain = configuration
    (plain.model.score.offset, plain.model.score.scale) = (0, 1)
    return StoredModel(self, configuration: plain, parameters: copy)
  }

  /// SHA-256 of the parameters that `export` writes.
  public var unitsDigest: String { withScoresInUnits().digest }

  /// The head as it is, where its outputs are not yet scores in units.
  private var trainedHead: TrainedHead? {
    let score = configuration.model.score
    let kind = score.kind(outputs: configuration.model.outputCount)
    guard kind == .score || kind == .attributes, score.offset != 0 || score.scale != 1 else {
      return nil
    }
    return TrainedHead(
      kernel: Array(parameters["head/kernel"]), bias: Array(parameters["head/bias"]),
      offset: score.offset, scale: score.scale)
  }

  /// Writes the parameters for other programs, scores in the units of the data set.
  /// - Parameter names: .npz files always have the official ones.
  /// - Throws: `CheckpointError`; the file is complete or absent.
  public func export(
    to path: String, as format: ExportFormat, names: ExportNames
  ) throws(CheckpointError) {
    let model = withScoresInUnits()
    let (parameters, configuration) = (model.parameters, model.configuration)
    switch format {
    case .npz: try NPZFile.write(parameters, configuration: configuration.yaml, to: path)
    case .safetensors:
      var metadata = [
        "format": "pt", "program": programVersion, "names": names.rawValue,
        "parameters_sha256": model.digest, "configuration": configuration.yaml,
      ]
      let classes = configuration.model.score.names
      if model.classes != nil, !classes.isEmpty {
        metadata["class_names"] = "[\(classes.map(JSONText.quoted).joined(separator: ","))]"
      }
      if let trainedHead { metadata.merge(trainedHead.metadata) { $1 } }
      try Safetensors.write(parameters, names: names, metadata: metadata, to: path)
    }
  }
}

// What a stored model is, on one screen: `checkpoint show`.

import Checkpoints
import Files
import Foundation
import Labels
import MUSIQ
import ModelExchange
import RunConfig
import Tables

/// The facts about a file of parameters that a user asks for first; its JSON has the same members.
public struct ModelSummary: Encodable, Sendable, CustomStringConvertible {
  /// Where the run stood; nil for files that are no checkpoints.
  public struct Position: Encodable, Sendable {
    let step, epoch, samplesIntoEpoch: Int
    let seed: UInt64
    let optimizer: String
    let moments: [String]
    let createdAt: String
    let ranks: Int
    /// The images that trained it; nil for files of earlier versions.
    let trainingSet: TrainingSetIdentity?
    /// The key figure of the validation at this step; nil for none.
    let validation: ValidationFigure?
  }

  public let path: String
  /// checkpoint, npz or safetensors.
  let format: String
  let bytes: Int
  /// score, ratings, classes or attributes; what the outputs are called, their range and direction.
  let kind: String
  let outputs: Int
  let names: [String]
  let range: [Double]
  let lowerIsBetter: Bool
  let parameters, tensors: Int
  let network: String
  let scales: String
  let trainedOn: String?
  let position: Position?
  let precision: String
  let program: String?
  /// SHA-256 of the parameters; nil where the file is damaged.
  let parametersSha256: String?
  /// As in the column `model` of predictions without further options.
  let model: String?
  /// Why the parameters cannot be used.
  public let damage: String?

  /// Reads a file, its parameters included.
  /// - Parameter words: of an error, for `damage`.
  /// - Throws: what makes the table of contents unreadable; damaged values are `damage`.
  public init(_ path: String, words: (any Error) -> String) throws {
    let file = try WeightFile(path)
    let configuration = try StoredModel.configuration(of: file, overrides: [])
    let c = configuration.model
    self.path = path
    bytes = (try? FileStatus(path).size) ?? 0
    kind = c.score.kind(outputs: c.outputCount).rawValue
    (outputs, names, range) = (c.outputCount, c.score.names, c.score.range)
    lowerIsBetter = c.score.lowerIsBetter
    tensors = file.parameters.count
    parameters = file.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    network =
      "\(c.layerCount) blocks of width \(c.hiddenSize), \(c.headCount) heads, patches of "
      + "\(c.multiscale.patchSize) pixels by \(c.patchEncoder.rawValue)"
    scales = Self.scales(configuration)
    trainedOn = Self.trainedOn(configuration)
    precision = configuration.parallel.precision.rawValue
    switch file {
    case .checkpoint(let file):
      let s = file.state
      format = "checkpoint"
      program = s.program
      position = Position(
        step: s.step, epoch: s.epoch, samplesIntoEpoch: s.cursor, seed: s.seed,
        optimizer: s.optimizerKind, moments: file.moments, createdAt: s.createdAt,
        ranks: s.worldSize, trainingSet: s.training, validation: s.validation)
    case .npz: (format, program, position) = ("npz", nil, nil)
    case .safetensors(let file):
      (format, program, position) = ("safetensors", file.metadata["program"], nil)
    }
    do {
      let stored = try StoredModel(path)
      try stored.requireFinite()
      parametersSha256 = stored.digest
      model =
        PredictionModel(stored).identity(kind: c.score.kind(outputs: c.outputCount)).description
      damage = nil
    } catch {
      (parametersSha256, model, damage) = (nil, nil, words(error))
    }
  }

  private static func scales(_ configuration: RunConfiguration) -> String {
    let m = configuration.model.multiscale
    var parts = m.longerSideLengths.map { "\($0)" }
    if m.includesNative {
      parts.append(
        m.nativePatchCap < 0
          ? "native at full size" : "native up to \(m.nativePatchCap) patches")
    }
    return
      "\(parts.joined(separator: ", ")); JPEG by the \(configuration.data.dct.rawValue) transform"
  }

  private static func trainedOn(_ configuration: RunConfiguration) -> String? {
    let data = configuration.data
    if data.dividesManifest { return "\(data.manifest), divided by data.split" }
    return data.train.isEmpty ? nil : data.train
  }

  /// One line for people.
  private var task: String {
    switch kind {
    case LabelKind.classes.rawValue:
      guard !names.isEmpty else { return "\(outputs) classes without names" }
      let rest = names.count > 8 ? ", … (\(names.count - 8) more)" : ""
      return "\(outputs) classes: \(names.prefix(8).joined(separator: ", "))\(rest)"
    case LabelKind.ratings.rawValue: return "shares of the ratings 1 to \(outputs)\(direction)"
    case LabelKind.attributes.rawValue:
      return "\(outputs) scores: \(names.joined(separator: ", "))\(span)\(direction)"
    default: return "one score\(span)\(direction)"
    }
  }

  private var span: String {
    range.count == 2
      ? ", \(text(range[0])) to \(text(range[1])) in the training data" : ", range unknown"
  }

  private var direction: String { lowerIsBetter ? ", lower is better" : ", higher is better" }

  private func text(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }

  public var description: String {
    var lines: [(String, String)] = [("task", task)]
    if let trainedOn { lines.append(("trained on", trainedOn)) }
    if let set = position?.trainingSet {
      lines.append(("", "\(set.count) images, digest \(set.listing.prefix(16))"))
    }
    if let p = position {
      lines.append(
        (
          "position",
          "step \(p.step), epoch \(p.epoch), \(p.samplesIntoEpoch) samples into it, seed \(p.seed)"
        ))
      lines.append(
        (
          "optimizer",
          p.moments.isEmpty
            ? p.optimizer : "\(p.optimizer), moments: \(p.moments.joined(separator: ", "))"
        ))
    }
    if let v = position?.validation {
      lines.append(("validation", "\(v.name) \(fixed(v.value, 4)), loss \(fixed(v.loss, 6))"))
    }
    lines += [("network", network), ("scales", scales), ("precision", precision)]
    lines.append(("parameters", "\(parameters) in \(tensors) tensors"))
    if let program {
      lines.append(
        (
          "written by",
          program
            + (position.map {
              " on \($0.ranks) \($0.ranks == 1 ? "rank" : "ranks"), \($0.createdAt)"
            }
              ?? "")
        ))
    }
    lines.append(("size", "\(fixed(Double(bytes) / 1e6, 1)) MB, \(format)"))
    if let parametersSha256 { lines.append(("sha256", parametersSha256)) }
    if let model { lines.append(("model", "\(model) (in the rows of predict)")) }
    if let damage { lines.append(("DAMAGED", damage)) }
    return ([path] + lines.map { "  \(padded($0.0, 12))\($0.1)" }).joined(separator: "\n")
  }
}

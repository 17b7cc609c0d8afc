// The parameters that a run starts from: drawn from the seed, or read from another model's file.

import Checkpoints
import Inference
import Labels
import Layers
import MUSIQ
import ModelExchange
import RunConfig
import Tensors

/// Where the first parameters come from.
public struct InitialModel: Sendable {
  /// What becomes of the head of the file.
  public enum Head: String, CaseIterable, Sendable {
    /// Kept if its outputs are those that the data needs, classes and attributes by name, else
    /// reinitialized.
    case auto
    /// Reinitialized: zeros.
    case random
    /// Kept; an error if it does not fit.
    case keep
  }

  private let file: WeightFile?
  private let stored: RunConfiguration?
  private let head: Head
  private let allowed: [String]

  /// All parameters drawn from `run.seed`.
  public static let random = InitialModel(file: nil, stored: nil, head: .auto, allowed: [])

  private init(file: WeightFile?, stored: RunConfiguration?, head: Head, allowed: [String]) {
    (self.file, self.stored, self.head, self.allowed) = (file, stored, head, allowed)
  }

  /// A checkpoint of this program or a .npz with official names; only names, shapes and configuration
  /// are read now.
  /// - Parameters:
  ///   - overrides: values for what the shapes do not tell, such as
  ///     `model.multiscale.longerSideLengths=[96]`; other keys are ignored.
  ///   - allowed: parameters besides the head that may be missing or have another shape.
  /// - Throws: `CheckpointError`, `ConfigurationError`.
  public init(
    _ path: String, head: Head = .auto, overrides: [String] = [], allowing allowed: [String] = []
  ) throws {
    let file = try WeightFile(path)
    self.init(
      file: file, stored: try StoredModel.configuration(of: file, overrides: overrides),
      head: head, allowed: allowed)
  }

  /// The file; nil for none.
  public var path: String? { file?.path }

  /// The lowest layer of a fine-tuning run: the file's model and way of decoding under the defaults.
  public var defaults: RunConfiguration {
    var result = RunConfiguration.fineTuning(from: stored?.model)
    if let stored { result.data.dct = stored.data.dct }
    return result
  }

  /// Outputs of the file's head; nil without a file.
  public var outputs: Int? { stored?.model.outputCount }

  /// Meaning of the file's outputs.
  var score: ScoreConfiguration? { stored?.model.score }

  /// Whether the head of the file is used for outputs of this number and meaning.
  /// - Throws: `TrainingError` if it must be and cannot.
  func headUse(outputs: Int, kind: LabelKind, names: [String]) throws -> HeadUse {
    guard let file, let stored, head != .random else { return .reinitialized }
    let (found, score) = (stored.model.outputCount, stored.model.score)
    let foundKind = score.kind(outputs: found)
    let hasHead = file.hasHead
    var use = HeadUse.reinitialized
    if hasHead, found == outputs, foundKind == kind {
      switch kind {
      case .score, .ratings: use = HeadUse(isKept: true)
      case .attributes: use = HeadUse(isKept: score.names == names)
      case .classes:
        use = HeadUse(
          classes: score.names.isEmpty ? ClassNames(unnamed: found) : ClassNames(score.names),
          for: names, isRequested: head == .keep)
      }
    }
    guard use.isKept || head == .auto else {
      throw TrainingError.head(
        path: file.path,
        found: hasHead
          ? .init(outputs: found, kind: foundKind, names: BriefList(score.names)) : nil,
        needed: .init(outputs: outputs, kind: kind, names: BriefList(names)))
    }
    return use
  }

  /// Refuses a model that the file does not fit, naming the keys that contradict it.
  /// - Throws: `TrainingError`, `ParametersDiffer`.
  func check(_ model: MUSIQModel, head: HeadUse) throws {
    guard let file, let stored else { return }
    let report = file.report(for: model.layout)
    let allowed = allowed + (head.isKept ? [] : ["head"])
    let refusals = report.refusals(allowing: allowed)
    guard !refusals.isEmpty else { return }
    var (wanted, found) = (RunConfiguration(), RunConfiguration())
    (wanted.model, found.model) = (model.configuration, stored.model)
    let differences = wanted.differences(from: found).filter {
      !$0.path.hasPrefix("model.score.") && $0.path != "model.outputCount"
    }
    if differences.isEmpty { try report.require(allowing: allowed, path: file.path) }
    // A key may concern parameters that are allowed to differ, or none.
    let guilty = differences.filter { difference in
      guard
        let one = try? RunConfiguration.resolve(
          defaults: found, overrides: ["\(difference.path)=\(difference.this)"])
      else { return true }
      let layout = MUSIQModel(one.configuration.model).layout
      return !file.report(for: layout).refusals(allowing: allowed).isEmpty
    }
    let keys = (guilty.isEmpty ? differences : guilty).map {
      "\($0.path) is \($0.this), the file has \($0.other)"
    }
    throw TrainingError.initialModel(path: file.path, keys: keys, parameters: refusals)
  }

  /// Fills a store: everything drawn from `seed`, then what the file has.
  /// - Returns: what was loaded, for people; nil without a file.
  func fill(_ parameters: ParameterStore, seed: UInt64, head: HeadUse) throws -> String? {
    parameters.initialize(seed: seed)
    guard let file else { return nil }
    let report = try file.load(into: parameters, allowing: allowed + (head.isKept ? [] : ["head"]))
    if !head.isKept {
      for entry in parameters.layout.entries where entry.name.hasPrefix("head/") {
        parameters.initialize(entry, seed: seed)
      }
    }
    head.apply(to: parameters)
    return "\(file.path): \(report)\n  \(head.description)"
  }
}

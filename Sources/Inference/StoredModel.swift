// A model from a file, ready to use: this program's checkpoints and exports and the official .npz alike.

import Checkpoints
import DataParallel
import Failures
import ImageData
import Labels
import MPI
import MUSIQ
import ModelExchange
import RunConfig
import Tensors

/// A file of parameters whose shapes leave a value of the configuration open.
public struct UndeterminedKey: SharedFailure, Equatable {
  public let path: String
  /// The key that must be given.
  public let key: String
  /// Why no shape tells it.
  public let reason: String

  public var kind: FailureKind { .checkpoint }
  public var description: String { "\(path): a checkpoint of another model: \(reason)" }
}

/// Configuration and parameters of a stored model.
public struct StoredModel: Sendable {
  public let path: String
  /// The configuration of the run that trained the model, or, for a file of another program, defaults
  /// around the model that its shapes tell.
  public let configuration: RunConfiguration
  /// The same without the overrides of the request.
  public let stored: RunConfiguration
  public let model: MUSIQModel
  public let parameters: ParameterStore
  /// How the file fitted the model.
  public let report: LoadReport

  /// Reads a file; its type is told by its first bytes.
  ///
  /// Files of other programs get `nativePatchCap: -1` (images at full size) and `data.dct: fast`
  /// (TensorFlow's JPEG decoder), which is how the published scores were made.
  /// - Parameters:
  ///   - overrides: values over the stored configuration, for example `model.multiscale.nativePatchCap=512`.
  ///   - allowed: parameters that may be missing or have another shape, by name or part of it from the
  ///     left; they keep their initial values.
  ///   - onReport: told how the file fits, before it is read or refused.
  /// - Throws: `CheckpointError`, `ParametersDiffer`, `UndeterminedKey`, `ConfigurationError`.
  public init(
    _ path: String, overrides: [String] = [], allowing allowed: [String] = [],
    onReport: (LoadReport) -> Void = { _ in }
  ) throws {
    let file = try WeightFile(path)
    let defaults = try Self.configuration(of: file, overrides: overrides)
    let resolved = try RunConfiguration.resolve(defaults: defaults, overrides: overrides)
    configuration = resolved.configuration
    stored = defaults
    guard configuration.model.outputCount > 0 else {
      throw CheckpointError(.mismatch, path: path, reason: "its model has no outputs")
    }
    self.path = file.path
    model = MUSIQModel(configuration.model)
    let report = file.report(for: model.layout)
    onReport(report)
    // Refuse before memory is taken: the sizes come from the file.
    try report.require(allowing: allowed, path: path)
    parameters = ParameterStore(layout: model.layout)
    if !report.refusals(allowing: []).isEmpty { parameters.initialize(seed: 0) }
    self.report = try file.load(into: parameters, allowing: allowed)
  }

  /// Another state of the same file's model.
  init(_ other: StoredModel, configuration: RunConfiguration, parameters: ParameterStore) {
    path = other.path
    self.configuration = configuration
    stored = other.stored
    model = MUSIQModel(configuration.model)
    self.parameters = parameters
    report = other.report
  }

  /// The classes of a classifier, by name where the file has names; nil for other models.
  var classes: KnownClasses? {
    let model = configuration.model
    guard model.score.kind(outputs: model.outputCount) == .classes else { return nil }
    let names = model.score.names
    return KnownClasses(
      names.isEmpty ? ClassNames(unnamed: model.outputCount) : ClassNames(names),
      of: "the model in \(path)")
  }

  /// SHA-256 of the parameters, as `checkpoint digest` prints it.
  public var digest: String { StateDigest.parameters(of: parameters) }

  /// The stored configuration, or defaults around the model that the shapes tell.
  /// - Parameter overrides: only looked at for keys that no shape tells.
  /// - Throws: `CheckpointError`, `ParametersDiffer`, `UndeterminedKey`, `ConfigurationError`.
  public static func configuration(
    of file: WeightFile, overrides: [String]
  ) throws -> RunConfiguration {
    if let yaml = file.configuration {
      var stored = try RunConfiguration.read(
        yaml: yaml, named: "the configuration in \(file.path)")
      if let units = file.units {
        (stored.model.score.offset, stored.model.score.scale) = units
      }
      return stored
    }
    var configuration = RunConfiguration()
    configuration.model = try derive(file, overrides: overrides)
    return configuration
  }

  private static func derive(
    _ file: WeightFile, overrides: [String]
  ) throws -> MUSIQConfiguration {
    var shapes: [String: [Int]] = [:]
    for (name, shape) in file.parameters { shapes[name] = shape }
    let derived: ConfigurationFromShapes
    do throws(ConfigurationFromShapes.Problem) {
      derived = try ConfigurationFromShapes(shapes)
    } catch {
      throw CheckpointError(.mismatch, path: file.path, reason: error.description)
    }
    for (key, reason) in derived.undetermined
    where !overrides.contains(where: { $0.hasPrefix("\(key)=") }) {
      throw UndeterminedKey(path: file.path, key: key, reason: reason)
    }
    return derived.configuration
  }
}

extension [StoredModel] {
  /// Makes sure that all ranks have read the same models and would compute the same with them.
  /// - Collective. Throws: `ArithmeticDiffers` on every rank.
  func requireEqual(in world: Communicator) throws {
    guard world.size > 1 else { return }
    let contents = map { model in
      let values = UnsafeBufferPointer(model.parameters.buffer.elements)
      // Ranks may have different numbers of threads: no score depends on them.
      var configuration = model.configuration
      configuration.parallel.workers = 0
      configuration.data.loaderThreads = 1
      return "\(configuration.yaml)\(Fingerprint(values).hash)"
    }
    try ArithmeticIdentity(configuration: contents.joined()).agree(in: world)
  }
}

// How the sections `data` and `objective` decide what is opened: which tables and rows train and validate,
// and which labels are read. Training, planning and evaluation open their sets by these rules.

import ImageCodecs
import ImageData
import Labels
import Layers
import MPI
import MUSIQ
import Tables

extension DataConfiguration {
  /// A set as the reader of indices is asked for it.
  public struct Source: Equatable, Sendable {
    /// A folder, a manifest or an index file.
    public let path: String
    /// The part of its rows.
    public let split: DataSplit
    /// Whether all rows are meant where no column says which part they belong to.
    public let isOptional: Bool

    public init(path: String, split: DataSplit, isOptional: Bool) {
      (self.path, self.split, self.isOptional) = (path, split, isOptional)
    }
  }

  /// How images are decoded.
  public var decodeOptions: DecodeOptions {
    DecodeOptions(cosineTransform: dct, salvages: salvage)
  }

  /// Whether `manifest` is divided into training and validation rows.
  public var dividesManifest: Bool { train.isEmpty && !manifest.isEmpty }

  /// What trains: `train`, or the training rows of `manifest`. Of a table with a column of splits, the
  /// rows that are for training: others were held out by who made it.
  public var trainingSource: Source {
    dividesManifest
      ? Source(path: manifest, split: .train, isOptional: false)
      : Source(path: train, split: .train, isOptional: true)
  }

  /// What validates: `validation`, or the validation rows of `manifest`; nil for nothing.
  public var validationSource: Source? {
    if dividesManifest { return Source(path: manifest, split: .validation, isOptional: false) }
    return validation.isEmpty
      ? nil : Source(path: validation, split: .validation, isOptional: true)
  }
}

extension IndexBuilder {
  /// Reads sets as a run does, all their rows.
  /// - Parameter objective: its loss chooses among the labels of a manifest that has several kinds.
  public init(_ data: DataConfiguration, objective: ObjectiveConfiguration) {
    self.init(
      imageRoot: data.imageRoot.isEmpty ? nil : data.imageRoot,
      options: data.decodeOptions)
    targets = data.targets
    columns = ColumnNames(data.columns) ?? ColumnNames()
    classReading = data.classes
    missingLabels = data.missingLabels
    preferredKind = objective.preferredKind
    splitRules = data.split
  }
}

extension IndexBuilder {
  /// The index of a set of a run.
  /// - Collective. Throws: `DataError`, the same on every rank; `MPIError`.
  public func open(
    _ source: DataConfiguration.Source, cacheDirectory: String? = nil, world: Communicator?
  ) throws -> OpenedIndex {
    var builder = self
    (builder.split, builder.splitIsOptional) = (source.split, source.isOptional)
    return try builder.open(source.path, cacheDirectory: cacheDirectory, world: world)
  }
}

extension SampleLoader {
  /// Makes the tokens of the configured model from the images of an index.
  public init(_ index: SampleIndex, for configuration: RunConfiguration) {
    self.init(
      index: index, tokenizer: .init(configuration: configuration.model.multiscale),
      options: configuration.data.decodeOptions,
      padded: configuration.model.attention == .padded)
  }
}

extension ObjectiveConfiguration {
  /// The labels to read where a manifest has several kinds; nil for any.
  var preferredKind: LabelKind? {
    switch loss {
    case .auto: nil
    case .crossEntropy: .classes
    case .absoluteError: .score
    case .earthMoversDistance: .ratings
    }
  }
}

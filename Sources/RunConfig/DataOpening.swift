// How the sections `data` and `objective` decide what is opened: which tables and rows train and validate,
// and which labels are read. Training, planning and evaluation open their sets by these rules.

import ImageCodecs
import ImageData
import Labels
import Layers
import MUSIQ

extension DataConfiguration {
  /// A set as the reader of indices is asked for it.
  public struct Source: Equatable, Sendable {
    /// A folder, a manifest or an index file.
    public let path: String
    /// The part of its rows; nil for all.
    public let split: DataSplit?

    public init(path: String, split: DataSplit?) { (self.path, self.split) = (path, split) }
  }

  /// How images are decoded.
  public var decodeOptions: DecodeOptions {
    DecodeOptions(cosineTransform: dct, salvages: salvage)
  }

  /// Whether `manifest` is divided into training and validation rows.
  public var dividesManifest: Bool { train.isEmpty && !manifest.isEmpty }

  /// What trains: `train`, or the training rows of `manifest`.
  public var trainingSource: Source {
    dividesManifest ? Source(path: manifest, split: .train) : Source(path: train, split: nil)
  }

  /// What validates: `validation`, or the validation rows of `manifest`; nil for nothing.
  public var validationSource: Source? {
    if dividesManifest { return Source(path: manifest, split: .validation) }
    return validation.isEmpty ? nil : Source(path: validation, split: nil)
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
    preferredKind = objective.preferredKind
    splitRules = data.split
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

// How the configuration says that data are to be opened.

import ImageCodecs
import ImageData
import Labels
import Layers

extension DataConfiguration {
  /// Whether `manifest` is divided into training and held-out rows.
  public var dividesManifest: Bool { train.isEmpty && !manifest.isEmpty }
}

extension IndexBuilder {
  /// Reads sets as a run does, all their rows.
  public init(_ data: DataConfiguration, objective: ObjectiveConfiguration) {
    self.init(
      imageRoot: data.imageRoot.isEmpty ? nil : data.imageRoot,
      options: DecodeOptions(cosineTransform: data.dct))
    targets = data.targets
    preferredKind = objective.preferredKind
    splitRules = data.split
  }
}

extension ObjectiveConfiguration {
  /// The labels to read where a manifest has several kinds.
  public var preferredKind: LabelKind? {
    switch loss {
    case .auto: nil
    case .crossEntropy: .classes
    case .absoluteError: .score
    case .earthMoversDistance: .ratings
    }
  }
}

// Which model, under which settings, gave a score: a short name that outputs carry.

import Digests
import RunConfig

/// A short name for everything that decides the numbers of an image: the parameters, the section `model` of
/// the configuration (scales, native cap, units and names of the outputs) and how images are decoded and
/// products computed.
///
/// The first twelve hexadecimal digits of a SHA-256 over the digest of the parameters and one line
/// `key=value` for each setting that is not at its default, so that a later version with more settings
/// gives the same name. Equal names: equal scores, on one kind of processor.
public struct ModelIdentity: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// - Parameters:
  ///   - parameters: SHA-256 of the parameters.
  ///   - settings: lines `key=value`, in any order.
  public init(parameters: String, settings: [String]) {
    let text = (["parameters=\(parameters)"] + settings.sorted()).joined(separator: "\n")
    var hash = SHA256()
    hash.update(text)
    description = String(hash.finish().prefix(12))
  }
}

extension StoredModel {
  /// The settings of the model and of decoding that decide its scores, as `ModelIdentity` takes them.
  public var identitySettings: [String] {
    configuration.differences(from: RunConfiguration())
      .filter { $0.path.hasPrefix("model.") && $0.path != "model.score.kind" }
      .map { "\($0.path)=\($0.this)" } + ["dct=\(configuration.data.dct.rawValue)"]
  }

  /// The settings of one use of the model.
  static func identitySettings(
    kind: String, orientation: String = "ignore", precision: String, isClipped: Bool = false
  ) -> [String] {
    ["kind=\(kind)", "exif_orient=\(orientation)", "precision=\(precision)"]
      + (isClipped ? ["clip=true"] : [])
  }
}

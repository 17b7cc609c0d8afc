// Which names the parameters of a model have: those of the official checkpoints, and those of our own for
// variants that the official code does not have.

import MUSIQ

public enum OfficialNames {
  /// The names of all models with one encoder block: every patch encoder, every table.
  private static let names: Set<String> = {
    var names: Set<String> = []
    for encoder in PatchEncoderKind.allCases {
      for spatial in SpatialEmbedding.allCases {
        // Small: only names are of interest.
        let model = MUSIQModel(
          MUSIQConfiguration(
            hiddenSize: 1, layerCount: 1, headCount: 1, mlpSize: 1, stemChannels: 1,
            blockChannels: 1, groupCount: 1, outputCount: 1, patchEncoder: encoder,
            spatialEmbedding: spatial))
        names.formUnion(model.layout.entries.map(\.name))
      }
    }
    return names
  }()

  /// Whether a MUSIQ model of any kind and depth can have a parameter of this name.
  static func contains(_ name: String) -> Bool {
    guard let (index, rest) = encoderBlock(of: name) else { return names.contains(name) }
    return (0..<layerLimit).contains(index) && names.contains("\(blockPrefix)0\(rest)")
  }

  /// 3 and "/LayerNorm_0/scale" of `Transformer/encoderblock_3/LayerNorm_0/scale`.
  static func encoderBlock(of name: String) -> (index: Int, rest: Substring)? {
    guard name.hasPrefix(blockPrefix) else { return nil }
    let tail = name.dropFirst(blockPrefix.count)
    let digits = tail.prefix { $0.isASCII && $0.isNumber }
    guard digits.count <= 4, let index = Int(digits), String(index) == digits else { return nil }
    return (index, tail.dropFirst(digits.count))
  }

  static let blockPrefix = "Transformer/encoderblock_"
  static let layerLimit = 256
}

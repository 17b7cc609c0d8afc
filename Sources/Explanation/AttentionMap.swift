// The class token's row, cut into one map per scale.

import Multiscale

/// Attention on the patches of one scale.
public struct AttentionMap: Equatable, Sendable {
  /// `native`, or the longer side, for example `384`.
  public let name: String
  public let scale: TokenGeometry.Scale
  /// Side of a patch in pixels of the scale.
  public let patchSize: Int
  /// `[scale.rows, scale.columns]`: share of the class token's attention. Patches beyond the native cap are
  /// not seen by the model and have 0.
  public let values: [Float]
  /// Sum of the shares.
  public let mass: Double

  /// Whether the model saw the patch: the first `scale.tokens` in raster order.
  public func isSeen(_ patch: Int) -> Bool { patch < scale.tokens }

  /// Smallest and largest share of a patch that was seen.
  public var range: ClosedRange<Float> {
    let seen = values.prefix(scale.tokens)
    return (seen.min() ?? 0)...(seen.max() ?? 0)
  }

  /// The maps of all scales, ascending, native last.
  /// - Parameter row: `[tokens + 1]`, class token first.
  static func maps(
    of row: [Double], geometry: TokenGeometry, configuration: MultiscaleConfiguration
  ) -> [AttentionMap] {
    precondition(
      row.count == geometry.validTokens + 1,
      "expected \(geometry.validTokens + 1) shares, got \(row.count)")
    var next = 1
    return zip(geometry.scales, configuration.scaleNames).map { scale, name in
      let shares = row[next..<next + scale.tokens]
      next += scale.tokens
      let unseen = [Float](repeating: 0, count: scale.rows * scale.columns - scale.tokens)
      return AttentionMap(
        name: name, scale: scale, patchSize: configuration.patchSize,
        values: shares.map { Float($0) } + unseen, mass: shares.reduce(0, +))
    }
  }
}

extension MultiscaleConfiguration {
  /// Names of the scales in file names and tables, in the order of the tokens.
  var scaleNames: [String] {
    longerSideLengths.map(String.init) + (includesNative ? ["native"] : [])
  }
}

extension Explainer {
  var scaleNames: [String] { stored.configuration.model.multiscale.scaleNames }
}

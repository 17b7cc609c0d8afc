// The section `model.multiscale` of a run's configuration: what the multi-scale representation
// consists of.

import Configuration

/// How a resized variant gets its size from its longer side length L.
public enum VariantResize: String, Codable, Sendable, CaseIterable {
  /// Longer side L, aspect ratio kept: the published model.
  case aspect
  /// L × L whatever the image, as models with a fixed input size see it (for comparison, AVA
  /// ablation of the paper).
  case square
}

/// The scales, patches and spatial hash of the multi-scale representation (section 3.1 of the
/// paper).
///
/// The defaults are the published model: 32 × 32 patches, a 10 × 10 spatial hash, variants with
/// longer sides 224 and 384 and the image at its native size.
public struct MultiscaleConfiguration: ConfigurationSection {
  /// Side P of a patch in pixels; patches do not overlap.
  public var patchSize: Int
  /// Side G of the grid of learned positions.
  public var hashGrid: Int
  /// Longer sides L of the resized variants, ascending; scale index is the place in this list.
  public var longerSideLengths: [Int]
  /// Whether the image at its native size is the last scale.
  public var includesNative: Bool
  /// Largest number of native patches, the first in raster order; -1 keeps all.
  public var nativePatchCap: Int
  /// Shape of the resized variants; the native size is never resized.
  public var resize: VariantResize
  /// Channels C of an image: 1 luma, 3 RGB, 4 RGB and alpha.
  public var channels: Int

  public static let keys: [ConfigurationKey<Self>] = [
    .integer("patchSize", \.patchSize, 4...256, unit: "pixels", "side of a patch"),
    .integer(
      "hashGrid", \.hashGrid, 1...1024,
      "side of the grid of learned positions of `spatialEmbedding: hash`"),
    .list(
      "longerSideLengths", \.longerSideLengths, unit: "pixels",
      "at most 32 ascending lengths of 1 to 8192 pixels",
      "longer sides of the resized variants; may be empty if the native scale is on"
    ) { lengths in
      lengths.count <= 32 && lengths.allSatisfy { (1...8192).contains($0) }
        && zip(lengths, lengths.dropFirst()).allSatisfy { $0 < $1 }
    },
    .flag(
      "includesNative", \.includesNative, "whether the image at its own size is the last scale"),
    .integer(
      "nativePatchCap", \.nativePatchCap, -1...1_000_000, unit: "patches",
      "most native patches, the first in raster order; -1: all"),
    .choice(
      "resize", \.resize,
      """
      resized variants: `aspect` keeps the aspect ratio; `square` makes L × L of a length L; the \
      native scale is never resized
      """),
    .integer(
      "channels", \.channels, oneOf: [1, 3, 4], "1 (luma), 3 (RGB) or 4 (RGB and alpha)",
      """
      channels of an image: luma is Rec. 601, as `convert("L")` of PIL; alpha is that of PNG files, \
      255 where there is none
      """),
  ]

  public init(
    patchSize: Int = 32, hashGrid: Int = 10, longerSideLengths: [Int] = [224, 384],
    includesNative: Bool = true, nativePatchCap: Int = 512, resize: VariantResize = .aspect,
    channels: Int = 3
  ) {
    self.patchSize = patchSize
    self.hashGrid = hashGrid
    self.longerSideLengths = longerSideLengths
    self.includesNative = includesNative
    self.nativePatchCap = nativePatchCap
    self.resize = resize
    self.channels = channels
  }

  /// Rows of the scale embedding.
  public var scaleCount: Int { longerSideLengths.count + (includesNative ? 1 : 0) }
  /// Floats of one patch: P · P · C, in (y, x, c) order.
  public var patchValues: Int { patchSize * patchSize * channels }
  /// Rows of the hash-based spatial embedding: G · G.
  public var positionCount: Int { hashGrid * hashGrid }

  /// Rows of each scale in the padded token matrix: ⌈L / P⌉² of a resized variant, then the cap of
  /// the native one; nil when that has none.
  public var slotCounts: [Int]? {
    var slots = longerSideLengths.map { length in
      let side = divideUp(length, patchSize)
      return side * side
    }
    if includesNative {
      if nativePatchCap < 0 { return nil }
      slots.append(nativePatchCap)
    }
    return slots
  }

  /// Size of the variant with longer side `length` of an image.
  func variantSize(height: Int, width: Int, length: Int) -> (height: Int, width: Int) {
    switch resize {
    case .aspect: TokenGeometry.size(height: height, width: width, longerSide: length)
    case .square: (length, length)
    }
  }

  public func checkTogether(_ check: inout Check) {
    check.require(
      scaleCount > 0, "longerSideLengths", "expected at least one scale or includesNative: true")
    check.require(
      nativePatchCap != 0 || longerSideLengths.count > 0, "nativePatchCap",
      "expected a positive number, or -1 for all; found \(nativePatchCap)")
  }
}

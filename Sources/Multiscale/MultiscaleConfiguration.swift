// What the multi-scale representation of MUSIQ consists of.

/// How a resized variant gets its size from its longer side length L.
public enum VariantResize: String, Codable, Sendable, CaseIterable {
  /// Longer side L, aspect ratio kept: the published model.
  case aspect
  /// L × L whatever the picture, as models with a fixed input size see it (for comparison, AVA ablation
  /// of the paper).
  case square
}

/// The scales, patches and spatial hash of the multi-scale representation (section 3.1 of the paper).
///
/// The defaults are the published model: 32 × 32 patches, a 10 × 10 spatial hash, variants with longer
/// sides 224 and 384 and the picture at its native size.
public struct MultiscaleConfiguration: Codable, Sendable, Equatable {
  /// Side P of a patch in pixels; patches do not overlap.
  public var patchSize: Int
  /// Side G of the grid of learned positions.
  public var hashGrid: Int
  /// Longer sides L of the resized variants, ascending; scale index is the place in this list.
  public var longerSideLengths: [Int]
  /// Whether the picture at its native size is the last scale.
  public var includesNative: Bool
  /// Largest number of native patches, the first in raster order; -1 keeps all.
  public var nativePatchCap: Int
  /// Shape of the resized variants; the native size is never resized.
  public var resize: VariantResize
  /// Channels C of a picture: 1 luma, 3 RGB, 4 RGB and alpha.
  public var channels: Int

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

  /// Rows of each scale in the padded token matrix: ⌈L / P⌉² of a resized variant, then the cap of the
  /// native one; nil when that has none.
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

  /// Size of the variant with longer side `length` of a picture.
  func variantSize(height: Int, width: Int, length: Int) -> (height: Int, width: Int) {
    switch resize {
    case .aspect: TokenGeometry.size(height: height, width: width, longerSide: length)
    case .square: (length, length)
    }
  }

  /// Everything that is wrong with the values, by key; empty when they can be used.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    if !(4...256).contains(patchSize) {
      found.append(("patchSize", "expected 4 to 256 pixels, found \(patchSize)"))
    }
    if !(1...1024).contains(hashGrid) {
      found.append(("hashGrid", "expected 1 to 1024, found \(hashGrid)"))
    }
    if longerSideLengths.contains(where: { !(1...8192).contains($0) }) {
      found.append(
        ("longerSideLengths", "expected lengths of 1 to 8192 pixels, found \(longerSideLengths)"))
    }
    if zip(longerSideLengths, longerSideLengths.dropFirst()).contains(where: { $0 >= $1 }) {
      found.append(
        ("longerSideLengths", "expected ascending lengths, found \(longerSideLengths)"))
    }
    if scaleCount == 0 {
      found.append(("longerSideLengths", "expected at least one scale or includesNative: true"))
    }
    if nativePatchCap < -1 || (nativePatchCap == 0 && scaleCount == 1 && includesNative) {
      found.append(
        ("nativePatchCap", "expected a positive number, or -1 for all; found \(nativePatchCap)"))
    }
    if ![1, 3, 4].contains(channels) {
      found.append(
        ("channels", "expected 1 (luma), 3 (RGB) or 4 (RGB and alpha), found \(channels)"))
    }
    return found
  }
}

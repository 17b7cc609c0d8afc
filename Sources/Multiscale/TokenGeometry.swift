// How many tokens an image of a given size becomes: arithmetic only, so that every rank plans the
// same balanced batches without opening a file.

/// The sizes, patch grids and token counts of all scales of one image.
public struct TokenGeometry: Sendable, Equatable {
  /// One variant of the image.
  public struct Scale: Sendable, Equatable {
    /// Size in pixels after resizing.
    public let height: Int
    public let width: Int
    /// Patches down and across: ceil(height / P), ceil(width / P).
    public let rows: Int
    public let columns: Int
    /// Valid tokens: rows · columns, or the native cap if that is smaller.
    public let tokens: Int
    /// Rows of the padded token matrix: ceil(L / P)² of a resized variant, the cap of the native
    /// one (no padding if uncapped).
    public let slots: Int
  }

  /// Resized variants in ascending order, then the native size.
  public let scales: [Scale]

  /// - Precondition: `height` and `width` are positive.
  public init(height: Int, width: Int, configuration: MultiscaleConfiguration) {
    precondition(height > 0 && width > 0, "expected an image, got \(height) × \(width) pixels")
    let patch = configuration.patchSize
    var scales: [Scale] = []
    scales.reserveCapacity(configuration.scaleCount)
    for length in configuration.longerSideLengths {
      let size = configuration.variantSize(height: height, width: width, length: length)
      let (rows, columns) = (divideUp(size.height, patch), divideUp(size.width, patch))
      let side = divideUp(length, patch)
      scales.append(
        Scale(
          height: size.height, width: size.width, rows: rows, columns: columns,
          tokens: rows * columns, slots: side * side))
    }
    if configuration.includesNative {
      let (rows, columns) = (divideUp(height, patch), divideUp(width, patch))
      let cap = configuration.nativePatchCap < 0 ? rows * columns : configuration.nativePatchCap
      scales.append(
        Scale(
          height: height, width: width, rows: rows, columns: columns,
          tokens: min(rows * columns, cap), slots: cap))
    }
    self.scales = scales
  }

  /// Valid tokens, those with pixels of the image, over all scales; the class token is not among
  /// them.
  public var validTokens: Int { scales.reduce(0) { $0 + $1.tokens } }

  /// Rows of the padded token matrix, over all scales.
  public var paddedTokens: Int { scales.reduce(0) { $0 + $1.slots } }

  /// `TokenGeometry(…).validTokens` without allocating, for planning over millions of images.
  public static func validTokens(
    height: Int, width: Int, configuration: MultiscaleConfiguration
  ) -> Int {
    let patch = configuration.patchSize
    var total = 0
    for length in configuration.longerSideLengths {
      let size = configuration.variantSize(height: height, width: width, length: length)
      total += divideUp(size.height, patch) * divideUp(size.width, patch)
    }
    if configuration.includesNative {
      let native = divideUp(height, patch) * divideUp(width, patch)
      let cap = configuration.nativePatchCap
      total += cap < 0 ? native : min(native, cap)
    }
    return total
  }

  /// The size of an image whose longer side becomes `longerSide`, aspect ratio kept; small images
  /// grow.
  ///
  /// Everything is rounded in Float and half to even, as the official preprocessing does: Double
  /// gives another size for some images (27 × 192 at 224 gives height 31, not 32). A side that
  /// would round to zero becomes 1, where the official code fails.
  public static func size(height: Int, width: Int, longerSide: Int) -> (height: Int, width: Int) {
    let ratio = Float(longerSide) / Float(max(height, width))
    let scaledHeight = (Float(height) * ratio).rounded(.toNearestOrEven)
    let scaledWidth = (Float(width) * ratio).rounded(.toNearestOrEven)
    return (max(1, Int(scaledHeight)), max(1, Int(scaledWidth)))
  }
}

/// ⌈a / b⌉ for positive numbers.
func divideUp(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }

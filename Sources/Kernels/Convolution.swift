// Convolutions as matrix products: the receptive fields of one patch become the rows of a matrix.
// Patches are squares of `side` positions with `channels` features, NHWC; kernels are HWIO, so the
// unfolded row (ky, kx, c) times the kernel seen as [size·size·channels, outputs] is the output row.

#if canImport(Glibc)
  import Glibc
#endif

/// Geometry of a square convolution or pooling window with TensorFlow's SAME padding.
public struct WindowGeometry: Sendable, Equatable {
  public let side: Int
  public let channels: Int
  public let size: Int
  public let stride: Int

  public init(side: Int, channels: Int, size: Int, stride: Int) {
    (self.side, self.channels, self.size, self.stride) = (side, channels, size, stride)
  }

  /// ⌈side / stride⌉.
  public var outputSide: Int { (side + stride - 1) / stride }
  /// Rows (and columns) of padding before the first; the odd one goes after the last.
  public var paddingBefore: Int { max((outputSide - 1) * stride + size - side, 0) / 2 }
  public var outputPositions: Int { outputSide * outputSide }
  /// Floats of one unfolded row.
  public var fieldCount: Int { size * size * channels }
  /// Floats of one patch.
  public var inputCount: Int { side * side * channels }
}

/// Calls `body(fieldOffset, inputOffset, floats)` for every contiguous run of one patch's receptive
/// fields that lies inside the patch.
@inline(__always)
private func forEachRun(_ g: WindowGeometry, _ body: (Int, Int, Int) -> Void) {
  let rowFloats = g.size &* g.channels
  for y in 0..<g.outputSide {
    for x in 0..<g.outputSide {
      let field = (y &* g.outputSide &+ x) &* g.fieldCount
      let left = x &* g.stride &- g.paddingBefore
      let first = max(left, 0)
      let last = min(left &+ g.size, g.side)
      let top = y &* g.stride &- g.paddingBefore
      for ky in max(0, 0 &- top)..<min(g.size, g.side &- top) {
        body(
          field &+ ky &* rowFloats &+ (first &- left) &* g.channels,
          ((top &+ ky) &* g.side &+ first) &* g.channels, (last &- first) &* g.channels)
      }
    }
  }
}

/// An element of unfolded fields: the operand type of the product that follows.
public protocol FieldElement: BitwiseCopyable {
  /// The first `lanes` values of `v`, rounded to this type.
  static func put(_ v: SIMD16<Float>, _ target: UnsafeMutablePointer<Self>, _ lanes: Int)
}

extension Float: FieldElement {
  @inline(__always)
  public static func put(_ v: SIMD16<Float>, _ target: MutableValues, _ lanes: Int) {
    store(v, to: target, lanes)
  }
}

extension BFloat16: FieldElement {
  @inline(__always)
  public static func put(
    _ v: SIMD16<Float>, _ target: UnsafeMutablePointer<BFloat16>, _ lanes: Int
  ) {
    store(v, to: target, lanes)
  }
}

/// fields[p] = receptive field of output position p; padding reads as 0.
/// - Parameters: fields `[outputPositions, size·size·channels]`, x `[side, side, channels]`: one patch.
@_specialize(where Element == Float)
@_specialize(where Element == BFloat16)
public func unfold<Element: FieldElement>(
  _ x: Values, into fields: UnsafeMutablePointer<Element>, _ g: WindowGeometry
) {
  memset(fields, 0, g.outputPositions * g.fieldCount * MemoryLayout<Element>.stride)
  forEachRun(g) { field, input, floats in
    // Runs are short (a few channels): a copy loop beats the call to memcpy.
    sweep(floats) { i, lanes in
      Element.put(load(x + input + i, lanes), fields + field + i, lanes)
    }
  }
}

/// The transpose of `unfold`: xGradient[i] += Σ of the field entries that read position i.
public func fold(_ fields: Values, addingTo xGradient: MutableValues, _ g: WindowGeometry) {
  forEachRun(g) { field, input, floats in
    sweep(floats) { i, lanes in
      store(
        load(xGradient + input + i, lanes) + load(fields + field + i, lanes),
        to: xGradient + input + i, lanes)
    }
  }
}

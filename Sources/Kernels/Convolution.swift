// Convolutions as matrix products: the receptive fields of one patch become the rows of a matrix.
// Patches are squares of `side` positions with `channels` features, NHWC; kernels are HWIO, so the
// unfolded row (ky, kx, c) times the kernel seen as [size·size·channels, outputs] is the output
// row.

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
  /// Floats of workspace for the unfolded fields of one patch, or in bfloat16 for them and the
  /// patch.
  public var workspaceCount: Int { max(outputPositions * fieldCount, 2 * inputCount) }
  /// Floats of one patch.
  public var inputCount: Int { side * side * channels }
}

/// Visits the output positions of one patch in raster order: `prepare(fieldOffset, isInside)`
/// first, then `body(fieldOffset, inputOffset, count)` for every contiguous run of its receptive
/// field that lies inside the patch.
@inline(__always)
private func forEachRun(
  _ g: WindowGeometry, prepare: (Int, Bool) -> Void, _ body: (Int, Int, Int) -> Void
) {
  let rowCount = g.size &* g.channels
  for y in 0..<g.outputSide {
    let top = y &* g.stride &- g.paddingBefore
    let rows = max(0, 0 &- top)..<min(g.size, g.side &- top)
    for x in 0..<g.outputSide {
      let field = (y &* g.outputSide &+ x) &* g.fieldCount
      let left = x &* g.stride &- g.paddingBefore
      let first = max(left, 0)
      let last = min(left &+ g.size, g.side)
      prepare(field, rows.count == g.size && last &- first == g.size)
      for ky in rows {
        body(
          field &+ ky &* rowCount &+ (first &- left) &* g.channels,
          ((top &+ ky) &* g.side &+ first) &* g.channels, (last &- first) &* g.channels)
      }
    }
  }
}

/// Copies a run of some dozens of elements: vectors, the last one overlapping the one before, which
/// is faster than a call of memcpy or a loop over the tail.
@inline(__always)
private func copyRun<Element: SIMDScalar & BitwiseCopyable>(
  _ source: UnsafePointer<Element>, to target: UnsafeMutablePointer<Element>, _ count: Int
) {
  guard count >= vectorWidth else {
    for i in 0..<count { target[i] = source[i] }
    return
  }
  @inline(__always) func move(_ i: Int) {
    let vector = UnsafeRawPointer(source + i).loadUnaligned(as: SIMD16<Element>.self)
    UnsafeMutableRawPointer(target + i).storeBytes(of: vector, as: SIMD16<Element>.self)
  }
  var i = 0
  while i &+ vectorWidth <= count {
    move(i)
    i &+= vectorWidth
  }
  if i < count { move(count &- vectorWidth) }
}

/// fields[p] = receptive field of output position p; padding reads as 0.
/// - Parameters: fields `[outputPositions, size·size·channels]`, x `[side, side, channels]`: one
///   patch.
public func unfold(_ x: Values, into fields: MutableValues, _ g: WindowGeometry) {
  unfoldElements(x, into: fields, g)
}

/// The same for operands in bfloat16.
public func unfold(
  _ x: UnsafePointer<BFloat16>, into fields: UnsafeMutablePointer<BFloat16>, _ g: WindowGeometry
) {
  // BFloat16 is one UInt16, which vectors can hold.
  unfoldElements(
    UnsafeRawPointer(x).assumingMemoryBound(to: UInt16.self),
    into: UnsafeMutableRawPointer(fields).assumingMemoryBound(to: UInt16.self), g)
}

@inline(__always)
private func unfoldElements<Element: SIMDScalar & BitwiseCopyable>(
  _ x: UnsafePointer<Element>, into fields: UnsafeMutablePointer<Element>, _ g: WindowGeometry
) {
  forEachRun(g) { field, isInside in
    if !isInside { memset(fields + field, 0, g.fieldCount * MemoryLayout<Element>.stride) }
  } _: { field, input, count in
    copyRun(x + input, to: fields + field, count)
  }
}

/// The transpose of `unfold`: xGradient[i] += Σ of the field entries that read position i.
public func fold(_ fields: Values, addingTo xGradient: MutableValues, _ g: WindowGeometry) {
  forEachRun(g) { _, _ in
  } _: { field, input, count in
    sweep(count) { i, lanes in
      store(
        load(xGradient + input + i, lanes) + load(fields + field + i, lanes),
        to: xGradient + input + i, lanes)
    }
  }
}

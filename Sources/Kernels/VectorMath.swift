// The vocabulary of all kernels: vectors of 16 floats (one AVX-512 register, two AVX2 registers).
// Plain Swift reduction loops do not vectorize because floating-point sums may not be reassociated;
// explicit vectors fix the order of the sum and with it the bits of the result.

#if canImport(Glibc)
  import Glibc
#endif

/// Sixteen consecutive floats.
typealias Vector = SIMD16<Float>
/// Lanes of `Vector`.
let vectorWidth = 16

/// The next multiple of the vector width.
func wholeVectors(_ count: Int) -> Int { (count + vectorWidth - 1) & ~(vectorWidth - 1) }

public typealias Values = UnsafePointer<Float>
public typealias MutableValues = UnsafeMutablePointer<Float>

/// Calls `body(i, lanes)` for i = 0, 16, 32, … below `count`; `lanes` is 16 except at the end. With
/// the body inlined, the full-width case compiles to whole-register loads and stores.
@inline(__always)
func sweep(_ count: Int, _ body: (_ index: Int, _ lanes: Int) -> Void) {
  var index = 0
  while index &+ vectorWidth <= count {
    body(index, vectorWidth)
    index &+= vectorWidth
  }
  if index < count { body(index, count &- index) }
}

/// The first `lanes` floats at `source`; the other lanes are 0.
@inline(__always)
func load(_ source: Values, _ lanes: Int = vectorWidth) -> Vector {
  if lanes == vectorWidth { return UnsafeRawPointer(source).loadUnaligned(as: Vector.self) }
  var vector = Vector.zero
  for lane in 0..<lanes { vector[lane] = source[lane] }
  return vector
}

/// Stores the first `lanes` lanes of `vector`.
@inline(__always)
func store(_ vector: Vector, to target: MutableValues, _ lanes: Int = vectorWidth) {
  if lanes == vectorWidth {
    UnsafeMutableRawPointer(target).storeBytes(of: vector, as: Vector.self)
  } else {
    for lane in 0..<lanes { target[lane] = vector[lane] }
  }
}

/// Writes `vector` to float `index` of `target`, or adds it to what is there.
@inline(__always)
func store(_ vector: Vector, to target: GradientTarget, at index: Int, _ lanes: Int) {
  let pointer = target.pointer + index
  store(target.accumulates ? load(pointer, lanes) + vector : vector, to: pointer, lanes)
}

/// Elementwise a·b + c, fused.
@inline(__always)
func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector { c.addingProduct(a, b) }

/// eˣ by Cephes' method: x = n·ln 2 + r, a degree-6 polynomial on |r| ≤ ln 2 / 2, then 2ⁿ through
/// the exponent bits. Relative error below 2·10⁻⁷; inputs are clamped to the finite, normal range,
/// so x ≤ −87.3 gives about 10⁻³⁸ and never NaN for a finite x; a NaN stays NaN.
@inline(__always)
func exponential(_ argument: Vector) -> Vector {
  var x = argument
  x.replace(with: Vector(repeating: -87.3), where: x .< Vector(repeating: -87.3))
  x.replace(with: Vector(repeating: 88.3), where: x .> Vector(repeating: 88.3))
  // Adding 1.5·2²³ rounds to the nearest integer and leaves it in the low mantissa bits.
  let shifted = Vector(repeating: 12_582_912).addingProduct(x, Vector(repeating: 1.44269504))
  let n = shifted - Vector(repeating: 12_582_912)
  var r = x.addingProduct(n, Vector(repeating: -0.693359375))
  r = r.addingProduct(n, Vector(repeating: 2.12194440e-4))
  var p = Vector(repeating: 1.9875691500e-4)
  p = Vector(repeating: 1.3981999507e-3).addingProduct(p, r)
  p = Vector(repeating: 8.3334519073e-3).addingProduct(p, r)
  p = Vector(repeating: 4.1665795894e-2).addingProduct(p, r)
  p = Vector(repeating: 1.6666665459e-1).addingProduct(p, r)
  p = Vector(repeating: 5.0000001201e-1).addingProduct(p, r)
  p = (r + Vector(repeating: 1)).addingProduct(p, r * r)
  let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< SIMD16<Int32>(repeating: 23)
  return unsafeBitCast(unsafeBitCast(p, to: SIMD16<Int32>.self) &+ exponent, to: Vector.self)
}

/// √v for v ≥ 0, correct to one unit in the last place. `SIMD.squareRoot()` compiles to sixteen
/// scalar roots; this is Newton's iteration on 1/√v from the well-known estimate by the exponent's
/// bits (relative errors 3·10⁻², 2·10⁻³, 5·10⁻⁶, 10⁻⁷), then one step on the root itself. √0 is 0.
@inline(__always)
func squareRoot(_ v: Vector) -> Vector {
  let bits = unsafeBitCast(v, to: SIMD16<Int32>.self)
  let estimate = SIMD16<Int32>(repeating: 0x5F37_59DF) &- (bits &>> 1)
  var y = unsafeBitCast(estimate, to: Vector.self)
  let half = v * -0.5
  for _ in 0..<3 { y *= Vector(repeating: 1.5).addingProduct(half * y, y) }
  let root = v * y
  let residual = v - root * root
  return root.addingProduct(residual, y * 0.5)
}

/// Sum of the lanes, pairwise: the same bits on every machine.
@inline(__always)
func horizontalSum(_ v: Vector) -> Float {
  let eight = v.lowHalf + v.highHalf
  let four = eight.lowHalf + eight.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}

/// Largest lane.
@inline(__always)
func horizontalMaximum(_ v: Vector) -> Float {
  @inline(__always) func larger<V: SIMD<Float>>(_ a: V, _ b: V) -> V
  where V.MaskStorage: SIMD { a.replacing(with: b, where: b .> a) }
  let eight = larger(v.lowHalf, v.highHalf)
  let four = larger(eight.lowHalf, eight.highHalf)
  let two = larger(four.lowHalf, four.highHalf)
  return two.x > two.y ? two.x : two.y
}

/// Elementwise maximum.
@inline(__always)
func maximum(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: b .> a) }

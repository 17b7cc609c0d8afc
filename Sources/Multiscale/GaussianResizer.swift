// The resize of the official preprocessing: TensorFlow's `scale_and_translate` with a Gaussian
// kernel and no antialiasing. All arithmetic is Float in TensorFlow's order, so results have its
// bits.

import Tensors

#if canImport(Glibc)
  import Glibc
#endif

/// The taps of every output position along one axis.
///
/// Output x lies at s = (x + ½) / scale of the input; the tap of input k weighs exp(−2 (k + ½ −
/// s)²) within a radius of 1.5, normalized. The kernel is not stretched when shrinking: at most
/// four taps.
struct ResizeAxis {
  /// First tap of each output position.
  let first: [Int]
  /// Weights of taps `first ..< first + 4`; zero for taps that do not exist.
  let weights: [SIMD4<Float>]

  init(from input: Int, to output: Int) {
    let scale = Float(output) / Float(input)
    let inverse = Float(1 / Double(scale))
    var first = [Int](repeating: 0, count: output)
    var weights = [SIMD4<Float>](repeating: .zero, count: output)
    for x in 0..<output {
      let s = (Float(x) + 0.5) * inverse
      if s < 0 || s > Float(input) { continue }
      let start = min(max(Int((s - 1.5 - 0.5).rounded(.up)), 0), input - 1)
      let end = min(max(Int((s + 1.5 - 0.5).rounded(.down)), 0), input - 1)
      var taps = SIMD4<Float>.zero
      var sum: Float = 0
      for k in start...end {
        let distance = abs(Float(k) + 0.5 - s)
        let weight =
          distance >= 1.5 ? 0 : Float(exp(Double(-distance * distance) / (2 * 0.5 * 0.5)))
        taps[k - start] = weight
        sum += weight
      }
      if abs(sum) >= 1000 * Float.leastNormalMagnitude { taps *= 1 / sum }
      first[x] = start
      weights[x] = taps
    }
    self.first = first
    self.weights = weights
  }
}

/// Resizes images of one size to another, one output row at a time: first down the columns into
/// a Float row of the input width, then along it.
///
/// Input bytes u become −1 + (u / 255) · 2 before resizing. A row of scratch per tap is all the
/// memory it takes, for images of any size.
public struct GaussianResizer {
  public let height: Int
  public let width: Int
  public let targetHeight: Int
  public let targetWidth: Int
  public let channels: Int
  private let down: ResizeAxis
  private let across: ResizeAxis

  /// - Parameter channels: bytes of a pixel.
  /// - Precondition: all sizes are positive; at most four channels, the lanes of a vector.
  public init(height: Int, width: Int, targetHeight: Int, targetWidth: Int, channels: Int = 3) {
    precondition((1...4).contains(channels), "expected 1 to 4 channels, got \(channels)")
    precondition(
      min(height, width, targetHeight, targetWidth) > 0,
      "cannot resize \(height) × \(width) to \(targetHeight) × \(targetWidth)")
    self.height = height
    self.width = width
    self.targetHeight = targetHeight
    self.targetWidth = targetWidth
    self.channels = channels
    self.down = ResizeAxis(from: height, to: targetHeight)
    self.across = ResizeAxis(from: width, to: targetWidth)
  }

  /// Calls `body` with each output row in turn.
  /// - Parameters:
  ///   - pixels: `[height, width, C]` bytes.
  ///   - body: receives the row number and `[targetWidth, C]` floats, valid during the call.
  public func forEachRow(
    of pixels: UnsafePointer<UInt8>, _ body: (Int, UnsafePointer<Float>) -> Void
  ) {
    let count = width * channels
    // Four input rows as floats, one blended row and one output row. Four-lane loads and stores
    // run past the last pixel, by three taps: 12 floats more, always zero in the blended row.
    let blendedOffset = 4 * count
    let resultOffset = blendedOffset + count + 12
    let scratch = AlignedBuffer<Float>(count: resultOffset + targetWidth * channels + 4)
    let blended = scratch.pointer + blendedOffset
    let result = scratch.pointer + resultOffset
    var held = SIMD4<Int>(repeating: -1)

    for y in 0..<targetHeight {
      let first = down.first[y]
      for row in first...min(first + 3, height - 1) where held[row & 3] != row {
        normalize(pixels + row * count, count: count, into: scratch.pointer + (row & 3) * count)
        held[row & 3] = row
      }
      func row(_ tap: Int) -> UnsafePointer<Float> {
        UnsafePointer(scratch.pointer + (min(first + tap, height - 1) & 3) * count)
      }
      blend(row(0), row(1), row(2), row(3), weights: down.weights[y], count: count, into: blended)
      filterAcross(blended, into: result)
      body(y, result)
    }
  }

  private func filterAcross(
    _ row: UnsafeMutablePointer<Float>, into result: UnsafeMutablePointer<Float>
  ) {
    let source = UnsafeRawPointer(row)
    let destination = UnsafeMutableRawPointer(result)
    let pixelBytes = channels * MemoryLayout<Float>.stride
    across.first.withUnsafeBufferPointer { first in
      across.weights.withUnsafeBufferPointer { weights in
        for x in 0..<targetWidth {
          let taps = source + first[x] * pixelBytes
          let weight = weights[x]
          var sum = weight[0] * taps.loadUnaligned(as: SIMD4<Float>.self)
          sum += weight[1] * taps.loadUnaligned(fromByteOffset: pixelBytes, as: SIMD4<Float>.self)
          sum +=
            weight[2] * taps.loadUnaligned(fromByteOffset: 2 * pixelBytes, as: SIMD4<Float>.self)
          sum +=
            weight[3] * taps.loadUnaligned(fromByteOffset: 3 * pixelBytes, as: SIMD4<Float>.self)
          destination.storeBytes(of: sum, toByteOffset: x * pixelBytes, as: SIMD4<Float>.self)
        }
      }
    }
  }
}

/// Bytes to [−1, 1]: −1 + (u / 255) · 2. Division and sum round as TensorFlow's do.
@inline(__always)
func normalize(
  _ bytes: UnsafePointer<UInt8>, count: Int, into values: UnsafeMutablePointer<Float>
) {
  for i in 0..<count { values[i] = -1 + Float(bytes[i]) / 255 * 2 }
}

/// Weighted sum of four rows, taps in ascending order.
private func blend(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
  _ d: UnsafePointer<Float>, weights: SIMD4<Float>, count: Int,
  into result: UnsafeMutablePointer<Float>
) {
  let (wa, wb, wc, wd) = (weights[0], weights[1], weights[2], weights[3])
  for i in 0..<count { result[i] = wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i] }
}

// Where the time of a step goes, kernel by kernel, at the shapes of the published model.

import DataParallel
import Foundation
import Kernels
import RunConfig
import Tensors

/// One line of the table.
public struct KernelMeasurement: Sendable {
  public let name: String
  /// Size of what is computed, in words.
  public let size: String
  /// Median seconds of one call.
  public let seconds: Double
  /// GFLOP/s for products, GB/s for passes over memory.
  public let rate: Double
  public let unit: String
  /// Rate over the measured peak of its kind.
  public let share: Double
  /// Calls in forward and backward of one image.
  public let callsPerImage: Int
  public var secondsPerImage: Double { seconds * Double(callsPerImage) }
}

/// Measures each kernel alone, on one thread, on an image of 375 × 500 pixels: 342 patches.
public struct KernelBenchmark {
  private let precision: Precision
  private let budget: Double
  private static let patches = 342
  private static let rows = 343
  private static let layers = 14

  /// - Parameter secondsPerKernel: time spent on measuring each.
  public init(precision: Precision, secondsPerKernel: Double = 0.15) {
    self.precision = precision
    budget = secondsPerKernel
  }

  /// All kernels, most expensive first.
  /// - Parameter peak: of one worker in this precision, which the shares refer to.
  public func run(against peak: PeakBenchmarkResult) -> [KernelMeasurement] {
    (products(peak: peak.gigaflops) + passes(peak: peak.gigabytesPerSecond))
      .sorted { $0.secondsPerImage > $1.secondsPerImage }
  }

  // MARK: Products

  private func products(peak: Double) -> [KernelMeasurement] {
    let (patches, rows, layers) = (Self.patches, Self.rows, Self.layers)
    typealias Shape = (name: String, m: Int, n: Int, k: Int, calls: Int)
    func linear(_ name: String, _ m: Int, _ k: Int, _ n: Int, _ calls: Int, input: Bool = true)
      -> [Shape]
    {
      let all: [Shape] = [
        ("\(name) forward", m, n, k, calls), ("\(name) input gradient", m, k, n, calls),
        ("\(name) weight gradient", k, n, m, calls),
      ]
      return input ? all : [all[0], all[2]]
    }
    let shapes =
      linear("query, key, value, output", rows, 384, 384, 4 * layers)
      + linear("MLP expand", rows, 384, 1152, layers)
      + linear("MLP contract", rows, 1152, 384, layers)
      + linear("patch embedding", patches, 16384, 384, 1)
      + linear("root convolution", 256, 147, 64, patches, input: false)
      + linear("3 × 3 convolution", 64, 576, 64, patches)
      + linear("reduce 1 × 1", 512, 64, 64, patches / 8)
      + linear("expand and project 1 × 1", 512, 64, 256, 2 * patches / 8)
    return shapes.map { shape in
      let (seconds, rate) = measureProduct(
        shape.m, shape.n, shape.k, transposed: shape.name.hasSuffix("weight gradient"))
      return KernelMeasurement(
        name: shape.name, size: "\(shape.m) × \(shape.n) × \(shape.k)", seconds: seconds,
        rate: rate, unit: "GFLOP/s", share: rate / peak, callsPerImage: shape.calls)
    } + attention(peak: peak)
  }

  private func measureProduct(
    _ m: Int, _ n: Int, _ k: Int, transposed: Bool = false
  ) -> (seconds: Double, rate: Double) {
    let (a, b) = (BenchmarkOperand(m * k, precision), BenchmarkOperand(k * n, precision))
    let c = AlignedBuffer<Float>(count: m * n)
    let scratch = AlignedBuffer<Float>(count: weightGradientScratchCount(rows: k, inputs: m))
    let seconds = time {
      if transposed {
        addWeightGradient(
          c.pointer, x: a.operand(stride: m), yGradient: b.operand(stride: n), rows: k, inputs: m,
          outputs: n, scratch: scratch.pointer)
      } else {
        multiply(
          a.operand(stride: k), b.operand(stride: n), into: c.pointer, stride: n, rows: m,
          columns: n, inner: k)
      }
    }
    return (seconds, 2 * Double(m) * Double(n) * Double(k) / seconds * 1e-9)
  }

  private func attention(peak: Double) -> [KernelMeasurement] {
    let rows = Self.rows
    let (heads, size) = (6, 64)
    let offsets: [Int] = [0, rows]
    return offsets.withUnsafeBufferPointer { offsets in
      let shape = AttentionShape(
        queries: offsets.baseAddress!, keys: offsets.baseAddress!, imageCount: 1, heads: heads,
        headSize: size, keyMask: nil, masksQueries: false)
      let inputs = (0..<4).map { _ in BenchmarkOperand(rows * heads * size, precision) }
      func operand(_ index: Int) -> MatrixOperand { inputs[index].operand(stride: heads * size) }
      func operands() -> AttentionOperands {
        AttentionOperands(queries: operand(0), keys: operand(1), values: operand(2))
      }
      let outputs = (0..<4).map { _ in AlignedBuffer<Float>(count: rows * heads * size) }
      let statistics = AlignedBuffer<Float>(count: rows * heads)
      let scratch = AlignedBuffer<Float>(count: shape.backwardScratchCount)
      let forward = time {
        attentionForward(
          output: outputs[0].pointer, logSumExp: statistics.pointer, operands: operands(),
          shape: shape, scratch: scratch.pointer)
      }
      let backward = time {
        attentionBackward(
          AttentionGradients(
            queries: outputs[1].pointer, keys: outputs[2].pointer, values: outputs[3].pointer,
            accumulate: (false, false, false)),
          outputGradient: outputs[0].pointer,
          outputGradientOperand: operand(3),
          output: outputs[0].pointer, logSumExp: statistics.pointer, operands: operands(),
          shape: shape, scratch: scratch.pointer)
      }
      let flops = 4 * Double(rows * rows * heads * size)
      func row(_ name: String, _ seconds: Double, _ flops: Double) -> KernelMeasurement {
        let rate = flops / seconds * 1e-9
        return KernelMeasurement(
          name: name, size: "\(rows) tokens, \(heads) heads", seconds: seconds, rate: rate,
          unit: "GFLOP/s", share: rate / peak, callsPerImage: Self.layers - 1)
      }
      // Backward multiplies five times where forward multiplies twice.
      return [
        row("attention forward", forward, flops),
        row("attention backward", backward, 2.5 * flops),
      ]
    }
  }

  // MARK: Passes over memory

  private func passes(peak: Double) -> [KernelMeasurement] {
    let (rows, layers, chunks) = (Self.rows, Self.layers, Self.patches / 8)
    let buffers = (0..<5).map { _ in AlignedBuffer<Float>(count: 1 << 20) }
    // The pointers below are valid as long as their owners.
    defer { withExtendedLifetime(buffers) {} }
    let p = buffers.map(\.pointer)
    let half = AlignedBuffer<BFloat16>(count: 1 << 20)
    for buffer in buffers {
      for i in 0..<buffer.count { buffer.pointer[i] = Float(i % 97) / 97 - 0.5 }
    }
    func pass(
      _ name: String, _ size: String, bytes: Int, _ calls: Int, _ body: () -> Void
    ) -> KernelMeasurement {
      let seconds = time(body)
      let rate = Double(bytes) / seconds * 1e-9
      return KernelMeasurement(
        name: name, size: size, seconds: seconds, rate: rate, unit: "GB/s", share: rate / peak,
        callsPerImage: calls)
    }
    let stem = GroupNormShape(patches: 8, positions: 256, channels: 64, groups: 32)
    let wide = GroupNormShape(patches: 8, positions: 64, channels: 256, groups: 32)
    let pool = WindowGeometry(side: 16, channels: 64, size: 3, stride: 2)
    let root = WindowGeometry(side: 32, channels: 3, size: 7, stride: 2)
    let spatial = WindowGeometry(side: 8, channels: 64, size: 3, stride: 1)
    let features = 8 * 16384
    func norm(_ name: String, _ shape: GroupNormShape, _ calls: Int) -> [KernelMeasurement] {
      [
        pass("\(name) forward", "8 patches", bytes: 8 * features, calls) {
          groupNormForward(
            y: p[0], mean: p[3], inverseDeviation: p[3] + 4096, x: p[1], scale: p[2], bias: p[2],
            residual: nil, shape: shape, epsilon: 1e-6, rectify: true, scratch: p[4])
        },
        pass("\(name) backward", "8 patches", bytes: 16 * features, calls) {
          groupNormBackward(
            xGradient: p[0], scaleGradient: p[3] + 8192, biasGradient: p[3] + 16384,
            residualGradient: nil, yGradient: p[1], y: p[1], x: p[2], scale: p[2], mean: p[3],
            inverseDeviation: p[3] + 4096, shape: shape, rectify: true, accumulate: false,
            accumulateResidual: false, scratch: p[4])
        },
      ]
    }
    let hidden = rows * 384
    let mlp = rows * 1152
    let flat = AlignedBuffer<Float>(count: 4 << 22)
    let n = 1 << 22
    return norm("group norm, root", stem, 2 * chunks) + norm("group norm, sum", wide, 2 * chunks)
      + [
        pass("layer norm forward", "\(rows) × 384", bytes: 8 * hidden, 2 * layers) {
          layerNormForward(
            y: p[0], mean: p[3], inverseDeviation: p[3] + 4096, x: p[1], scale: p[2], bias: p[2],
            rows: rows, columns: 384, epsilon: 1e-6)
        },
        pass("layer norm backward", "\(rows) × 384", bytes: 12 * hidden, 2 * layers) {
          layerNormBackward(
            xGradient: p[0], scaleGradient: p[3] + 8192, biasGradient: p[3] + 16384,
            yGradient: p[1], x: p[2], scale: p[2], mean: p[3], inverseDeviation: p[3] + 4096,
            rows: rows, columns: 384, accumulate: false)
        },
        pass("bias and GELU forward", "\(rows) × 1152", bytes: 8 * mlp, 2 * layers) {
          biasGELUForward(y: p[0], x: p[1], bias: p[2], rows: rows, columns: 1152)
        },
        pass("bias and GELU backward", "\(rows) × 1152", bytes: 12 * mlp, layers) {
          biasGELUBackward(
            xGradient: p[0], yGradient: p[1], x: p[2], bias: p[3], rows: rows, columns: 1152,
            accumulate: false)
        },
        pass("max pool forward", "8 patches", bytes: 5 * features, chunks) {
          maxPoolForward(y: p[0], x: p[1], patches: 8, pool)
        },
        pass("max pool backward", "8 patches", bytes: 10 * features, chunks) {
          maxPoolBackward(
            xGradient: p[0], yGradient: p[1], y: p[2], x: p[3], patches: 8, pool, accumulate: false)
        },
        pass("unfold 7 × 7", "1 patch", bytes: 4 * 256 * 147, 2 * Self.patches) {
          unfold(p[1], into: p[0], root)
        },
        pass("unfold 3 × 3", "1 patch", bytes: 4 * 64 * 576, 2 * Self.patches) {
          unfold(p[1], into: p[0], spatial)
        },
        pass("fold 3 × 3", "1 patch", bytes: 8 * 64 * 576, Self.patches) {
          fold(p[1], addingTo: p[0], spatial)
        },
        pass("column sums", "\(rows) × 384", bytes: 4 * hidden, 5 * layers) {
          addColumnSums(of: p[1], to: p[0], rows: rows, columns: 384)
        },
        pass("rounding to bfloat16", "\(rows) × 384", bytes: 6 * hidden, 12 * layers) {
          round(p[1], into: half.pointer, count: hidden)
        },
        pass("AdamW", "4 Mi parameters", bytes: 28 * n, 0) {
          adamWUpdate(
            parameters: flat.pointer, firstMoment: flat.pointer + n,
            secondMoment: flat.pointer + 2 * n, gradient: flat.pointer + 3 * n, count: n,
            step: AdamWStep(
              learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1,
              firstCorrection: 1, secondCorrection: 1, gradientScale: 1))
        },
        pass("gradient sum of two shards", "8 Mi floats", bytes: 24 * n, 0) {
          add(flat.pointer, to: flat.pointer + 2 * n, count: 2 * n)
        },
      ].filter { precision == .bf16 || $0.name != "rounding to bfloat16" }
  }

  /// Median seconds of a call, after one that does not count.
  private func time(_ body: () -> Void) -> Double {
    body()
    let first = Stopwatch()
    body()
    let repeats = max(3, min(1000, Int(budget / max(first.seconds, 1e-7))))
    let seconds = (0..<repeats).map { _ in
      let watch = Stopwatch()
      body()
      return watch.seconds
    }
    return seconds.sorted()[repeats / 2]
  }
}

/// A matrix of small numbers in one of the precisions.
final class BenchmarkOperand {
  private let floats: AlignedBuffer<Float>
  private let halves: AlignedBuffer<BFloat16>?

  init(_ count: Int, _ precision: Precision) {
    floats = AlignedBuffer(count: count)
    for i in 0..<count { floats.pointer[i] = Float(i % 89) / 89 - 0.5 }
    halves = precision == .bf16 ? AlignedBuffer(count: count) : nil
    if let halves { round(floats.pointer, into: halves.pointer, count: count) }
  }

  func operand(stride: Int) -> MatrixOperand {
    guard let halves else { return MatrixOperand(floats.pointer, stride: stride) }
    return MatrixOperand(UnsafePointer(halves.pointer), stride: stride)
  }
}

extension KernelMeasurement {
  /// A table in Markdown, with each kernel's share of their sum.
  public static func table(
    _ rows: [KernelMeasurement], against peak: PeakBenchmarkResult
  ) -> String {
    let total = rows.reduce(0) { $0 + $1.secondsPerImage }
    var lines = [
      "One thread; peaks: \(fixed(peak.gigaflops, 0)) GFLOP/s (1536³ product), "
        + "\(fixed(peak.gigabytesPerSecond, 1)) GB/s (sum of buffers beyond the caches). "
        + "All kernels of one 375 × 500 image: \(fixed(1000 * total, 0)) ms.", "",
      "| kernel | size | rate | of peak | calls | share of image |",
      "|---|---|---|---|---|---|",
    ]
    for row in rows {
      lines.append(
        "| \(row.name) | \(row.size) | \(fixed(row.rate, 1)) \(row.unit) | "
          + "\(fixed(100 * row.share, 0)) % | \(row.callsPerImage) | "
          + "\(fixed(100 * row.secondsPerImage / total, 1)) % |")
    }
    return lines.joined(separator: "\n")
  }
}

// Where the time of a step goes, kernel by kernel, at the shapes of the published model.

import DataParallel
import Foundation
import KernelCases
import Kernels
import RunConfig
import Tables
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

/// Measures each kernel alone, on one thread, on an image of 375 × 500 pixels: 342 patches. The
/// cases are those that the tests compare with plain twins.
public struct KernelBenchmark {
  private let precision: Precision
  private let budget: Double

  /// - Parameter secondsPerKernel: time spent on measuring each.
  public init(precision: Precision, secondsPerKernel: Double = 0.15) {
    self.precision = precision
    budget = secondsPerKernel
  }

  /// All kernels, most expensive first.
  /// - Parameter peak: of one worker in this precision, which the shares refer to.
  public func run(against peak: PeakBenchmarkResult) -> [KernelMeasurement] {
    PublishedKernel.all(precision: precision).flatMap { measure($0, against: peak) }
      .sorted { $0.secondsPerImage > $1.secondsPerImage }
  }

  private func measure(
    _ published: PublishedKernel, against peak: PeakBenchmarkResult
  ) -> [KernelMeasurement] {
    let kernel = published.kernel
    let memory = BenchmarkMemory(kernel, precision)
    // The buffers live as long as their owner.
    defer { withExtendedLifetime(memory) {} }
    let view = memory.view
    // Backward passes read what forward keeps.
    for pass in kernel.passes where pass.isForward { pass.run(view) }
    return published.rows.map { row in
      let pass = kernel.passes[row.pass]
      let seconds = time { pass.run(view) }
      let (amount, unit, limit) =
        switch pass.work {
        case .arithmetic(let flops): (flops, "GFLOP/s", peak.gigaflops)
        case .traffic(let bytes): (bytes, "GB/s", peak.gigabytesPerSecond)
        }
      let rate = amount / seconds * 1e-9
      return KernelMeasurement(
        name: row.name, size: pass.size, seconds: seconds, rate: rate, unit: unit,
        share: rate / limit, callsPerImage: row.callsPerImage)
    }
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

/// The memory of one case, filled with small numbers.
private final class BenchmarkMemory {
  private let inputs: [BenchmarkOperand]
  private let resultGradient: BenchmarkOperand
  private let written: [AlignedBuffer<Float>]
  let view: KernelMemory

  init(_ kernel: KernelCase, _ precision: Precision) {
    inputs = kernel.inputs.map { BenchmarkOperand($0.count, precision) }
    resultGradient = BenchmarkOperand(kernel.resultCount, precision)
    let result = AlignedBuffer<Float>(count: kernel.resultCount)
    let statistics = kernel.statistics.map { AlignedBuffer<Float>(count: $0) }
    let gradients = kernel.inputs.map {
      AlignedBuffer<Float>(count: $0.gradient == .none ? 0 : $0.count)
    }
    let scratch = AlignedBuffer<Float>(count: kernel.scratchCount)
    written = [result, scratch] + statistics + gradients
    view = KernelMemory(
      inputs: inputs.map(\.operand), result: result.pointer, resultGradient: resultGradient.operand,
      statistics: statistics.map(\.pointer),
      gradients: gradients.map { GradientTarget($0.pointer, accumulates: false) },
      scratch: scratch.pointer)
  }
}

/// Small numbers in one of the precisions.
final class BenchmarkOperand {
  private let floats: AlignedBuffer<Float>
  private let rounded: AlignedBuffer<BFloat16>?

  init(_ count: Int, _ precision: Precision) {
    floats = AlignedBuffer(count: count)
    for i in 0..<count { floats.pointer[i] = Float(i % 89) / 89 - 0.5 }
    rounded = precision == .bf16 ? AlignedBuffer(count: count) : nil
    if let rounded { round(floats.pointer, into: rounded.pointer, count: count) }
  }

  var operand: KernelOperand {
    KernelOperand(floats.pointer, rounded: rounded.map { UnsafePointer($0.pointer) })
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

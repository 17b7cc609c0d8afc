// The limit that a step is compared with: large matrix products on all workers at once.

import DataParallel
import KernelCases
import Kernels
import Tensors

/// What `bench peak` prints, one JSON line.
public struct PeakBenchmarkResult: Codable, Sendable {
  public var mode = "peak"
  public var precision: String
  public var workers: Int
  /// Of all workers together, each multiplying matrices of 1536 × 1536 at the same time.
  public var gigaflops: Double
  /// Of all workers together, each adding two buffers of 128 MiB: 12 bytes moved per element.
  public var gigabytesPerSecond: Double
  public var matrixProducts: String
}

/// Measures what this many cores reach together: less than so many times one of them, where they
/// share clock, cache and memory.
public struct PeakBenchmark {
  private let precision: Precision
  private let workers: Int
  private static let side = 1536
  private static let addends = 1 << 25

  public init(precision: Precision, workers: Int) {
    (self.precision, self.workers) = (precision, workers)
  }

  /// The best of `repeats` rounds of about half a second.
  public func run(repeats: Int = 3) throws -> PeakBenchmarkResult {
    let pool = WorkerPool(count: workers)
    defer { pool.close() }
    let side = Self.side
    let products = (0..<workers).map { _ in ProductWorkload(side: side, precision: precision) }
    let sums = (0..<workers).map { _ in SumWorkload(count: Self.addends) }
    let flops = 2 * Double(side * side * side)
    return PeakBenchmarkResult(
      precision: precision.rawValue, workers: workers,
      gigaflops: try rate(of: flops, on: pool, repeats) { products[$0].run() },
      gigabytesPerSecond: try rate(of: 12 * Double(Self.addends), on: pool, repeats) {
        sums[$0].run()
      },
      matrixProducts: MatrixProducts.name)
  }

  /// Giga-units per second of all workers, where a call of `body` is worth `amount` units.
  private func rate(
    of amount: Double, on pool: WorkerPool, _ repeats: Int,
    _ body: @escaping @Sendable (_ worker: Int) -> Void
  ) throws -> Double {
    func seconds(calls: Int) throws -> Double {
      let watch = Stopwatch()
      pool.start { worker in for _ in 0..<calls { body(worker) } }
      try pool.join()
      return watch.seconds
    }
    _ = try seconds(calls: 1)
    let calls = max(1, Int(0.5 / (try seconds(calls: 1))))
    let best = try (0..<repeats).map { _ in try seconds(calls: calls) }.min() ?? 1
    return amount * Double(calls * workers) / best * 1e-9
  }
}

/// One worker's matrices; used by one thread at a time.
private final class ProductWorkload: @unchecked Sendable {
  private let side: Int
  private let a: BenchmarkOperand
  private let b: BenchmarkOperand
  private let c: AlignedBuffer<Float>

  init(side: Int, precision: Precision) {
    self.side = side
    a = BenchmarkOperand(side * side, precision)
    b = BenchmarkOperand(side * side, precision)
    c = AlignedBuffer(count: side * side)
  }

  func run() {
    multiply(
      a.operand.matrix(rows: side, columns: side), b.operand.matrix(rows: side, columns: side),
      into: MutableMatrixView(c.pointer, rows: side, columns: side))
  }
}

/// One worker's buffers; used by one thread at a time.
private final class SumWorkload: @unchecked Sendable {
  private let a: AlignedBuffer<Float>
  private let b: AlignedBuffer<Float>

  init(count: Int) {
    a = AlignedBuffer(count: count)
    b = AlignedBuffer(count: count)
  }

  func run() { add(a.pointer, to: b.pointer, count: a.count) }
}

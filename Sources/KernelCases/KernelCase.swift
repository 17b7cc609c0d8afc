// One description of every kernel: what it reads and writes, what it costs, how it is run. The
// tests compare each case with its plain twin; `bench kernels` times the same cases.

import Kernels

/// A kernel at one size, on memory that the caller provides.
public struct KernelCase: Sendable {
  /// The kernels of the table.
  public enum Kernel: String, Sendable, CaseIterable {
    case product, attention, layerNorm, groupNorm, gelu, maxPool, windows, columnSums, rounding
    case sum, adamW, momentum
  }

  public let kernel: Kernel
  /// Everything that is read only, in the order of `KernelMemory.inputs`.
  public let inputs: [KernelPart]
  /// What the forward passes write, one part behind the other.
  public let result: [KernelPart]
  /// Whether forward reads the result before it writes it: sums and updates in place.
  public let updatesResult: Bool
  /// Floats of every array that forward keeps for backward.
  public let statistics: [Int]
  /// Floats of scratch that the hungriest pass needs.
  public let scratchCount: Int
  /// In the order in which they are run: first those that compute the result.
  public let passes: [KernelPass]

  init(
    _ kernel: Kernel, inputs: [KernelPart], result: [KernelPart], updatesResult: Bool = false,
    statistics: [Int] = [], scratchCount: Int = 0, passes: [KernelPass]
  ) {
    (self.kernel, self.inputs, self.result) = (kernel, inputs, result)
    (self.updatesResult, self.statistics) = (updatesResult, statistics)
    (self.scratchCount, self.passes) = (scratchCount, passes)
  }

  /// Floats of the result.
  public var resultCount: Int { result.reduce(0) { $0 + $1.count } }
}

/// An array of floats that a kernel reads or writes.
public struct KernelPart: Sendable {
  /// What the kernel does with the gradient of an input.
  public enum Gradient: Sendable {
    /// Nothing.
    case none
    /// Writes it, or adds it if the target says so.
    case target
    /// Adds it, whatever the target says: gradients of parameters are summed over images.
    case sum
  }

  public let name: String
  public let count: Int
  public let gradient: Gradient
  /// Mean and deviation of values that the kernel usually meets.
  public let mean: Double
  public let deviation: Double

  init(
    _ name: String, _ count: Int, gradient: Gradient = .none, mean: Double = 0,
    deviation: Double = 1
  ) {
    (self.name, self.count, self.gradient) = (name, count, gradient)
    (self.mean, self.deviation) = (mean, deviation)
  }
}

/// One call of a kernel.
public struct KernelPass: Sendable {
  /// What limits a pass, and how much of it one call is.
  public enum Work: Sendable {
    /// Floating-point operations of products.
    case arithmetic(flops: Double)
    /// Bytes read and written at least once, from and to memory or a cache.
    case traffic(bytes: Double)
  }

  /// Sizes in words, for tables.
  public let size: String
  public let work: Work
  /// Whether it computes the result; otherwise gradients of inputs.
  public let isForward: Bool
  /// Runs the pass on one thread.
  public let run: @Sendable (KernelMemory) -> Void

  static func forward(
    _ size: String, _ work: Work, run: @escaping @Sendable (KernelMemory) -> Void
  ) -> KernelPass {
    KernelPass(size: size, work: work, isForward: true, run: run)
  }

  static func backward(
    _ size: String, _ work: Work, run: @escaping @Sendable (KernelMemory) -> Void
  ) -> KernelPass {
    KernelPass(size: size, work: work, isForward: false, run: run)
  }
}

/// The memory of one run of a case, as long as its `KernelCase` says. The caller owns it.
public struct KernelMemory {
  public var inputs: [KernelOperand]
  public var result: MutableValues
  /// `[resultCount]`.
  public var resultGradient: KernelOperand
  public var statistics: [MutableValues]
  /// One per input; those of inputs without a gradient are not touched.
  public var gradients: [GradientTarget]
  public var scratch: MutableValues

  public init(
    inputs: [KernelOperand], result: MutableValues, resultGradient: KernelOperand,
    statistics: [MutableValues], gradients: [GradientTarget], scratch: MutableValues
  ) {
    (self.inputs, self.result, self.resultGradient) = (inputs, result, resultGradient)
    (self.statistics, self.gradients, self.scratch) = (statistics, gradients, scratch)
  }
}

/// Floats, and in bfloat16 the same numbers rounded, which products then read.
public struct KernelOperand {
  public let floats: Values
  public let rounded: UnsafePointer<BFloat16>?

  public init(_ floats: Values, rounded: UnsafePointer<BFloat16>? = nil) {
    (self.floats, self.rounded) = (floats, rounded)
  }

  /// The operand of a product, in the precision there is.
  public func matrix(rows: Int, columns: Int) -> MatrixView {
    guard let rounded else { return MatrixView(floats, rows: rows, columns: columns) }
    return MatrixView(rounded, rows: rows, columns: columns)
  }
}

// The cases of the kernel table that are tested, each with its plain twin.

import KernelCases
import Kernels
import TestSupport
import Testing

/// A case, what it should compute, and how closely.
struct CheckedKernel: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let kernel: KernelCase
  /// From the inputs and, for updates in place, the old result to the new one.
  let twin: @Sendable (_ inputs: [[Double]], _ old: [Double]) -> [Double]
  /// Of every part of the result.
  let tolerances: [Double]
  let gradientTolerance: Double
  /// Entries of the result that nothing reads, so that no gradient comes back.
  var isRead: @Sendable (_ entry: Int) -> Bool = { _ in true }
  /// Entries of every gradient that are compared.
  var entryLimit = 40

  init(
    _ name: String, _ kernel: KernelCase, tolerance: Double, gradients: Double? = nil,
    twin: @escaping @Sendable ([[Double]], [Double]) -> [Double]
  ) {
    self.init(
      name, kernel, tolerances: kernel.result.map { _ in tolerance }, gradients: gradients,
      twin: twin)
  }

  init(
    _ name: String, _ kernel: KernelCase, tolerances: [Double], gradients: Double? = nil,
    twin: @escaping @Sendable ([[Double]], [Double]) -> [Double]
  ) {
    testDescription = "\(kernel.kernel.rawValue) \(name)"
    (self.kernel, self.twin) = (kernel, twin)
    (self.tolerances, gradientTolerance) = (tolerances, gradients ?? tolerances.max() ?? 0)
  }

  /// bfloat16 where all arithmetic is one sum of products of operands that it holds exactly.
  var precisions: [Precision] {
    kernel.kernel == .product && MatrixProducts.supportsBFloat16 ? [.fp32, .bf16] : [.fp32]
  }

  /// Kernels of the table that none of `checked` is of.
  static func missing(from checked: [CheckedKernel]) -> [KernelCase.Kernel] {
    KernelCase.Kernel.allCases.filter { kernel in
      !checked.contains { $0.kernel.kernel == kernel }
    }
  }

  static let all =
    products + attention + layerNorms + groupNorms + activations + windows + passes + updates

  /// Rows of x a multiple of 4 KiB apart, in both precisions and in one, and others; one realistic.
  private static let products = [
    (1, 1, 1), (3, 15, 1), (17, 33, 9), (1, 1024, 3), (37, 2048, 17), (300, 3072, 5), (5, 33, 7),
    (17, 1152, 16),
  ].map { (rows: Int, inputs: Int, outputs: Int) in
    // Sums of up to 3072 products.
    var checked = CheckedKernel(
      "\(rows) × \(inputs) × \(outputs)",
      .product(rows: rows, inputs: inputs, outputs: outputs), tolerance: 5e-6
    ) { x, _ in
      Naive.linear(x[0], x[1], rows: rows, inputs: inputs, outputs: outputs)
    }
    if rows * inputs > 100_000 { checked.entryLimit = 6 }
    return checked
  }

  private static let layerNorms = (sweptSizes + [1152]).map { columns in
    // Two rounded sums over the columns, a square root and a division: some 1e-7 each.
    CheckedKernel(
      "\(columns)", .layerNorm(rows: 3, columns: columns, epsilon: 1e-6), tolerance: 2e-6
    ) { x, _ in
      Naive.layerNorm(x[0], scale: x[1], bias: x[2], epsilon: 1e-6)
    }
  }

  /// One channel per group, groups narrower and wider than a vector, and the real ones (root norm:
  /// 64 channels in 32 groups; block output: 256 in 32).
  private static let groupNorms = [
    (1, 3, 1, 1), (2, 5, 3, 3), (2, 4, 15, 5), (3, 7, 16, 4), (1, 9, 34, 2), (2, 16, 64, 32),
    (2, 64, 256, 32),
  ].flatMap { (patches: Int, positions: Int, channels: Int, groups: Int) in
    [(false, false), (false, true), (true, true), (true, false)].map {
      (hasResidual: Bool, rectify: Bool) in
      let shape = Naive.Groups(
        patches: patches, positions: positions, channels: channels, groups: groups)
      // As for layer norm; a group of three values loses two of its three degrees of freedom, so
      // what is left of a gradient is a difference of larger numbers.
      var checked = CheckedKernel(
        "\(patches) × \(positions) × \(channels) / \(groups)"
          + (hasResidual ? ", residual" : "") + (rectify ? ", ReLU" : ""),
        .groupNorm(
          GroupNormShape(
            patches: patches, positions: positions, channels: channels, groups: groups),
          rectify: rectify, hasResidual: hasResidual, epsilon: 1e-4), tolerance: 2e-5
      ) { x, _ in
        Naive.groupNorm(
          x[0], scale: x[1], bias: x[2], residual: hasResidual ? x[3] : nil, shape,
          epsilon: Double(Float(1e-4)), rectify: rectify)
      }
      if channels == 256 { checked.entryLimit = 12 }
      return checked
    }
  }

  private static let activations = (sweptSizes + [1152]).map { columns in
    // One polynomial exponential (2e-7) and a few rounded operations.
    CheckedKernel("\(columns)", .gelu(rows: 3, columns: columns), tolerance: 2e-6) { x, _ in
      Naive.biasGELU(x[0], bias: x[1], columns: columns)
    }
  }

  private static let windows = sweptWindows.flatMap { window in
    // A position is read by at most 49 fields; the rest is moved, not computed.
    [
      CheckedKernel(
        window.testDescription, .maxPool(patches: 2, window.geometry), tolerance: 0,
        gradients: 1e-6
      ) { x, _ in Naive.maxPool(x[0], window) },
      CheckedKernel(
        window.testDescription, .windows(window.geometry), tolerance: 0, gradients: 1e-6
      ) { x, _ in Naive.unfolded(x[0], window) },
    ]
  }

  private static let passes = sweptSizes.flatMap { count in
    [
      CheckedKernel("\(count)", .rounding(rows: 1, columns: count), tolerance: 0) { x, _ in
        x[0].map { Double(BFloat16(Float($0)).float) }
      },
      CheckedKernel("\(count)", .sum(count: count), tolerance: 1e-7) { x, old in
        zip(x[0], old).map(+)
      },
    ]
      + [0, 1, 5, 700].map { rows in
        // 700 additions one after another; the error grows with their square root.
        CheckedKernel(
          "\(rows) × \(count)", .columnSums(rows: rows, columns: count), tolerance: 1e-5
        ) { x, old in
          zip(old, Naive.columnSums(x[0], rows: rows, columns: count)).map(+)
        }
      }
  }

  private static let updates = sweptSizes.flatMap { count in
    [
      // A square root and a division on Floats; 1 − 0.999 as a Float is 2e-5 off relative to
      // itself.
      CheckedKernel(
        "\(count)",
        .adamW(
          count: count,
          AdamWStep(
            learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1,
            firstCorrection: Float(1 / (1 - 0.9 * 0.9 * 0.9)),
            secondCorrection: Float(1 / (1 - 0.999 * 0.999 * 0.999)), gradientScale: 0.5)),
        tolerances: [1e-6, 1e-6, 2e-5]
      ) { x, old in
        let constants = Naive.AdamW(
          learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1)
        var (p, m, v) = (old[..<count], old[count..<2 * count], old[(2 * count)...])
        for i in 0..<count {
          Naive.adamW(
            &p[i], &m[count + i], &v[2 * count + i], gradient: 0.5 * x[0][i], step: 3, constants)
        }
        return Array(p + m + v)
      },
      CheckedKernel(
        "\(count)",
        .momentum(
          count: count,
          MomentumStep(learningRate: 0.01, factor: 0.9, weightDecay: 0.1, gradientScale: 0.5)),
        tolerance: 1e-6
      ) { x, old in
        var (p, m) = (old[..<count], old[count...])
        for i in 0..<count {
          Naive.momentum(
            &p[i], &m[count + i], gradient: 0.5 * x[0][i], learningRate: 0.01, momentum: 0.9,
            weightDecay: 0.1)
        }
        return Array(p + m)
      },
    ]
  }
}

// Passes over features: normalizations and the activation.

import Kernels

extension KernelCase {
  /// (x − μ) ρ · scale + bias per row.
  public static func layerNorm(rows: Int, columns: Int, epsilon: Float = 1e-6) -> KernelCase {
    let count = rows * columns
    let size = "\(rows) × \(columns)"
    @Sendable func statistics(_ m: KernelMemory) -> NormStatistics {
      NormStatistics(mean: m.statistics[0], inverseDeviation: m.statistics[1])
    }
    let forward = KernelPass.forward(size, .traffic(bytes: 8 * Double(count))) { m in
      layerNormForward(
        y: m.result, statistics: statistics(m), x: m.inputs[0].floats,
        parameters: NormParameters(
          scale: m.inputs[1].floats, bias: m.inputs[2].floats, epsilon: epsilon),
        rows: rows, columns: columns)
    }
    let backward = KernelPass.backward(size, .traffic(bytes: 12 * Double(count))) { m in
      layerNormBackward(
        NormGradients(
          x: m.gradients[0], scale: m.gradients[1].pointer, bias: m.gradients[2].pointer),
        yGradient: m.resultGradient.floats, x: m.inputs[0].floats, scale: m.inputs[1].floats,
        statistics: statistics(m), rows: rows, columns: columns)
    }
    return KernelCase(
      .layerNorm,
      inputs: [
        KernelPart("x", count, gradient: .target, deviation: 2),
        KernelPart("scale", columns, gradient: .sum, mean: 1, deviation: 0.2),
        KernelPart("bias", columns, gradient: .sum),
      ], result: [KernelPart("y", count)], statistics: [rows, rows], passes: [forward, backward])
  }

  /// act((x − μ) ρ · scale + bias (+ residual)), statistics per patch and group of channels.
  public static func groupNorm(
    _ shape: GroupNormShape, rectify: Bool, hasResidual: Bool = false, epsilon: Float
  ) -> KernelCase {
    let count = shape.patches * shape.positions * shape.channels
    let size = "\(shape.patches) patches"
    @Sendable func statistics(_ m: KernelMemory) -> NormStatistics {
      NormStatistics(mean: m.statistics[0], inverseDeviation: m.statistics[1])
    }
    let residualBytes = hasResidual ? 4 * Double(count) : 0
    let forward = KernelPass.forward(
      size, .traffic(bytes: 8 * Double(count) + residualBytes)
    ) { m in
      groupNormForward(
        y: m.result, statistics: statistics(m), x: m.inputs[0].floats,
        parameters: NormParameters(
          scale: m.inputs[1].floats, bias: m.inputs[2].floats, epsilon: epsilon),
        residual: hasResidual ? m.inputs[3].floats : nil, shape: shape, rectify: rectify,
        scratch: m.scratch)
    }
    let backward = KernelPass.backward(
      size, .traffic(bytes: 16 * Double(count) + residualBytes)
    ) { m in
      groupNormBackward(
        NormGradients(
          x: m.gradients[0], scale: m.gradients[1].pointer, bias: m.gradients[2].pointer,
          residual: hasResidual ? m.gradients[3] : nil),
        of: GroupNormInputs(
          yGradient: m.resultGradient.floats, rectified: rectify ? UnsafePointer(m.result) : nil,
          x: m.inputs[0].floats, scale: m.inputs[1].floats, statistics: statistics(m)),
        shape: shape, scratch: m.scratch)
    }
    let residual = hasResidual ? [KernelPart("residual", count, gradient: .target)] : []
    let statisticsCount = shape.patches * shape.groups
    return KernelCase(
      .groupNorm,
      inputs: [
        KernelPart("x", count, gradient: .target, mean: 0.5),
        KernelPart("scale", shape.channels, gradient: .sum, mean: 1, deviation: 0.3),
        KernelPart("bias", shape.channels, gradient: .sum),
      ] + residual, result: [KernelPart("y", count)],
      statistics: [statisticsCount, statisticsCount], scratchCount: shape.scratchCount,
      passes: [forward, backward])
  }

  /// gelu(x + bias), and the gradient of x.
  public static func gelu(rows: Int, columns: Int) -> KernelCase {
    let count = rows * columns
    let size = "\(rows) × \(columns)"
    let forward = KernelPass.forward(size, .traffic(bytes: 8 * Double(count))) { m in
      biasGELUForward(
        y: m.result, x: m.inputs[0].floats, bias: m.inputs[1].floats, rows: rows,
        columns: columns)
    }
    let backward = KernelPass.backward(size, .traffic(bytes: 12 * Double(count))) { m in
      biasGELUBackward(
        m.gradients[0], yGradient: m.resultGradient.floats, x: m.inputs[0].floats,
        bias: m.inputs[1].floats, rows: rows, columns: columns)
    }
    return KernelCase(
      .gelu,
      inputs: [
        KernelPart("x", count, gradient: .target, deviation: 2), KernelPart("bias", columns),
      ], result: [KernelPart("y", count)], passes: [forward, backward])
  }
}

// Passes over whole buffers: sums, rounding and the optimizers' updates.

import Kernels

extension KernelCase {
  /// sums += Σ over rows.
  public static func columnSums(rows: Int, columns: Int) -> KernelCase {
    let pass = KernelPass.forward(
      "\(rows) × \(columns)", .traffic(bytes: 4 * Double(rows * columns))
    ) { m in
      addColumnSums(of: m.inputs[0].floats, to: m.result, rows: rows, columns: columns)
    }
    return KernelCase(
      .columnSums, inputs: [KernelPart("g", rows * columns)],
      result: [KernelPart("sums", columns)], updatesResult: true, passes: [pass])
  }

  /// x to bfloat16, in scratch, and back.
  public static func rounding(rows: Int, columns: Int) -> KernelCase {
    let count = rows * columns
    let size = "\(rows) × \(columns)"
    @Sendable func rounded(_ m: KernelMemory) -> UnsafeMutablePointer<BFloat16> {
      UnsafeMutableRawPointer(m.scratch).assumingMemoryBound(to: BFloat16.self)
    }
    let down = KernelPass.forward(size, .traffic(bytes: 6 * Double(count))) { m in
      round(m.inputs[0].floats, into: rounded(m), count: count)
    }
    let up = KernelPass.forward(size, .traffic(bytes: 6 * Double(count))) { m in
      expand(rounded(m), into: m.result, count: count)
    }
    return KernelCase(
      .rounding, inputs: [KernelPart("x", count)], result: [KernelPart("y", count)],
      scratchCount: (count + 1) / 2, passes: [down, up])
  }

  /// y += a, the inner node of the reduction tree.
  public static func sum(count: Int) -> KernelCase {
    let pass = KernelPass.forward(words(count, "floats"), .traffic(bytes: 12 * Double(count))) {
      m in
      add(m.inputs[0].floats, to: m.result, count: count)
    }
    return KernelCase(
      .sum, inputs: [KernelPart("a", count)], result: [KernelPart("y", count)],
      updatesResult: true, passes: [pass])
  }

  /// One update of parameters and both moments.
  public static func adamW(count: Int, _ step: AdamWStep) -> KernelCase {
    let pass = KernelPass.forward(
      words(count, "parameters"), .traffic(bytes: 28 * Double(count))
    ) { m in
      adamWUpdate(
        parameters: m.result, firstMoment: m.result + count, secondMoment: m.result + 2 * count,
        gradient: m.inputs[0].floats, count: count, step: step)
    }
    return KernelCase(
      .adamW, inputs: [KernelPart("gradient", count)],
      result: [
        KernelPart("parameters", count), KernelPart("first moment", count, deviation: 0.1),
        KernelPart("second moment", count, mean: 0.02, deviation: 0.001),
      ], updatesResult: true, passes: [pass])
  }

  /// One update of parameters and momentum.
  public static func momentum(count: Int, _ step: MomentumStep) -> KernelCase {
    let pass = KernelPass.forward(
      words(count, "parameters"), .traffic(bytes: 20 * Double(count))
    ) { m in
      momentumUpdate(
        parameters: m.result, momentum: m.result + count, gradient: m.inputs[0].floats,
        count: count, step: step)
    }
    return KernelCase(
      .momentum, inputs: [KernelPart("gradient", count)],
      result: [KernelPart("parameters", count), KernelPart("momentum", count)],
      updatesResult: true, passes: [pass])
  }

  /// "4 Mi parameters".
  private static func words(_ count: Int, _ unit: String) -> String {
    count % (1 << 20) == 0 ? "\(count >> 20) Mi \(unit)" : "\(count) \(unit)"
  }
}

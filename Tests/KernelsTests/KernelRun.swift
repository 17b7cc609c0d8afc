// A case of the kernel table on memory with guard cells.

import KernelCases
import Kernels
import TestSupport

/// A case whose forward passes have run on random inputs.
struct KernelRun {
  let kernel: KernelCase
  let result: GuardedBuffer
  /// The result before forward, which it reads if `updatesResult`.
  let old: [Float]
  private let inputs: [GuardedBuffer]
  private let statistics: [GuardedBuffer]
  private let scratch: GuardedBuffer
  private let precision: Precision

  /// - Parameters:
  ///   - precision: in bfloat16 the inputs are numbers that it holds exactly, so results differ
  ///     from those of a twin by the order of sums only.
  ///   - replaced: values of some inputs, by name, in place of random ones.
  init(
    _ kernel: KernelCase, precision: Precision = .fp32, replaced: [String: [Float]] = [:]
  ) {
    self.kernel = kernel
    self.precision = precision
    func values(_ part: KernelPart) -> [Float] {
      replaced[part.name]
        ?? randomValues(part.name, part.count, mean: part.mean, deviation: part.deviation)
    }
    inputs = kernel.inputs.map { GuardedBuffer(Self.exact(values($0), in: precision)) }
    old = kernel.result.flatMap { values($0) }
    result = kernel.updatesResult ? GuardedBuffer(old) : GuardedBuffer(unwritten: old.count)
    statistics = kernel.statistics.map { GuardedBuffer(unwritten: $0) }
    scratch = GuardedBuffer(unwritten: kernel.scratchCount)
    let memory = memory(resultGradient: [], gradients: [])
    for pass in kernel.passes where pass.isForward { pass.run(memory) }
  }

  /// Inputs as a twin takes them.
  var inputValues: [[Double]] { inputs.map { $0.values.doubles } }

  /// Whether no pass wrote beyond its memory or into its inputs' guard cells.
  var isIntact: Bool {
    (inputs + statistics + [result, scratch]).allSatisfy { $0.isIntact }
  }

  /// The gradient of one input, and what it was added to.
  struct Gradient {
    let buffer: GuardedBuffer
    /// Nil: written.
    let before: [Float]?
  }

  /// Runs the backward passes.
  /// - Parameter resultGradient: already rounded by `exact` if products read it.
  func backward(_ resultGradient: [Float], accumulates: Bool) -> [Gradient] {
    let gradients = kernel.inputs.map { part -> Gradient in
      guard part.gradient == .sum || accumulates else {
        return Gradient(buffer: GuardedBuffer(unwritten: part.count), before: nil)
      }
      let before = randomValues("old \(part.name)", part.count)
      return Gradient(buffer: GuardedBuffer(before), before: before)
    }
    let memory = memory(
      resultGradient: resultGradient,
      gradients: gradients.map { GradientTarget($0.buffer.pointer, accumulates: accumulates) })
    for pass in kernel.passes where !pass.isForward { pass.run(memory) }
    return gradients
  }

  /// The nearest numbers of the precision.
  static func exact(_ values: [Float], in precision: Precision) -> [Float] {
    precision == .fp32 ? values : values.map { BFloat16($0).float }
  }

  private func memory(resultGradient: [Float], gradients: [GradientTarget]) -> KernelMemory {
    func operand(_ buffer: GuardedBuffer) -> KernelOperand {
      KernelOperand(
        buffer.pointer,
        rounded: precision == .fp32 ? nil : stable(buffer.values.map { BFloat16($0) }))
    }
    return KernelMemory(
      inputs: inputs.map(operand), result: result.pointer,
      resultGradient: operand(GuardedBuffer(resultGradient)),
      statistics: statistics.map(\.pointer), gradients: gradients, scratch: scratch.pointer)
  }
}

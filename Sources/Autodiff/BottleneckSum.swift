// y = relu(groupNorm(a W₁) + groupNorm(x W₂)), per patch: where the two branches of a residual
// block meet

import Kernels

/// A 1 × 1 convolution followed by a group normalization.
public struct NormalizedProjection: Sendable {
  let weight: WeightSource
  let norm: GroupNormParameters
  public init(weight: WeightSource, norm: GroupNormParameters) {
    (self.weight, self.norm) = (weight, norm)
  }
}

struct BottleneckSumOperation: Differentiable {
  /// One branch: its input, its layers, and the statistics kept for backward.
  struct Branch {
    let input: Variable
    let layers: NormalizedProjection
    let statistics: NormStatistics
  }

  let main: Branch
  let residual: Branch
  let shape: GroupNormShape
  let y: Variable

  /// The projected features, the widest of the network, are computed again chunk by chunk: that
  /// costs 2 % of the products and saves a third of the patch encoder's memory, and they never
  /// leave the cache.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let count = shape.patches * shape.positions * shape.channels
    let targets = (
      main: tape.gradientTarget(of: main.input), residual: tape.gradientTarget(of: residual.input)
    )
    tape.withWorkspace(3 * count + shape.scratchCount) { workspace in
      let (projected, gradient, residualGradient) = (
        workspace, workspace + count, workspace + 2 * count
      )
      let scratch = workspace + 3 * count
      tape.project(main, into: projected)
      // The gradient of the sum, which still has to pass the ReLU, becomes that of both norms.
      tape.withValues(of: y) { sum in
        groupNormBackward(
          main.layers.norm.gradients(
            x: written(gradient), residual: written(residualGradient), on: tape),
          of: inputs(main, projected, yGradient: yGradient, rectified: sum, on: tape),
          shape: shape, scratch: scratch)
      }
      tape.projectBackward(main, gradient, target: targets.main)

      tape.project(residual, into: projected)
      groupNormBackward(
        residual.layers.norm.gradients(x: written(gradient), on: tape),
        of: inputs(residual, projected, yGradient: residualGradient, rectified: nil, on: tape),
        shape: shape, scratch: scratch)
      tape.projectBackward(residual, gradient, target: targets.residual)
    }
  }

  private func written(_ memory: UnsafeMutablePointer<Float>) -> GradientTarget {
    GradientTarget(memory, accumulates: false)
  }

  private func inputs(
    _ branch: Branch, _ projected: UnsafePointer<Float>, yGradient: UnsafePointer<Float>,
    rectified: UnsafePointer<Float>?, on tape: Tape
  ) -> GroupNormInputs {
    GroupNormInputs(
      yGradient: yGradient, rectified: rectified, x: projected,
      scale: tape.value(of: branch.layers.norm.scale), statistics: branch.statistics)
  }
}

extension Tape {
  /// relu(norm(a W₁) + norm(x W₂)).
  /// - Parameters:
  ///   - a, x: `[patches · positions, inputs]`.
  ///   - target: where the result goes: a view with `patches · positions · channels` values.
  public func bottleneckSum(
    _ a: Variable, _ main: NormalizedProjection, residual x: Variable,
    _ projection: NormalizedProjection, positions: Int, into target: Variable
  ) {
    let channels = main.weight.parameter.columns
    let shape = GroupNormShape(
      patches: a.rows / positions, positions: positions, channels: channels,
      groups: main.norm.groups)
    precondition(
      target.count == a.rows * channels, "expected \(a.rows * channels), got \(target.count)")
    func branch(_ input: Variable, _ layers: NormalizedProjection) -> BottleneckSumOperation.Branch
    {
      .init(
        input: input, layers: layers,
        statistics: normStatistics(shape.patches * shape.groups))
    }
    let operation = BottleneckSumOperation(
      main: branch(a, main), residual: branch(x, projection), shape: shape, y: target)
    // Their operands are kept for backward: make them before the workspace, not inside of it.
    _ = (operand(of: a), operand(of: x))
    withResult(target) { sum in
      withWorkspace(target.count + shape.scratchCount) { projected in
        let scratch = projected + target.count
        // The normalized residual is written where the sum will be.
        project(operation.residual, into: projected)
        normalize(
          operation.residual, projected, adding: nil, into: sum, shape: shape, scratch: scratch)
        project(operation.main, into: projected)
        normalize(operation.main, projected, adding: sum, into: sum, shape: shape, scratch: scratch)
      }
    }
    record(.bottleneckSum(operation))
  }

  private func normalize(
    _ branch: BottleneckSumOperation.Branch, _ projected: UnsafePointer<Float>,
    adding residual: UnsafePointer<Float>?, into sum: UnsafeMutablePointer<Float>,
    shape: GroupNormShape, scratch: UnsafeMutablePointer<Float>
  ) {
    groupNormForward(
      y: sum, statistics: branch.statistics, x: projected,
      parameters: branch.layers.norm.values(on: self), residual: residual, shape: shape,
      rectify: residual != nil, scratch: scratch)
  }

  /// input W of a branch.
  fileprivate func project(
    _ branch: BottleneckSumOperation.Branch, into projected: UnsafeMutablePointer<Float>
  ) {
    let weight = branch.layers.weight
    multiply(
      operand(of: branch.input), operand(of: weight),
      into: MutableMatrixView(
        projected, rows: branch.input.rows, columns: weight.parameter.columns))
  }

  /// ∂W += inputᵀ g;  ∂input = g Wᵀ.
  fileprivate func projectBackward(
    _ branch: BottleneckSumOperation.Branch, _ gradient: UnsafePointer<Float>,
    target: GradientTarget?
  ) {
    let (input, weight) = (branch.input, branch.layers.weight)
    withOperand(gradient, rows: input.rows, columns: weight.parameter.columns) { upstream in
      addGradient(of: weight, x: operand(of: input), yGradient: upstream)
      guard let target else { return }
      multiply(
        upstream, operand(of: weight).transposed, into: input.matrix(at: target.pointer),
        accumulates: target.accumulates)
    }
  }
}

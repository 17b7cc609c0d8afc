// y = relu(groupNorm(a W₁) + groupNorm(x W₂)), per patch: where the two branches of a residual block meet

import Kernels

/// A 1 × 1 convolution followed by a group normalisation.
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
    let mean: UnsafeMutablePointer<Float>
    let inverseDeviation: UnsafeMutablePointer<Float>
  }

  let main: Branch
  let residual: Branch
  let shape: GroupNormShape
  let y: Variable

  /// The projected features, the widest of the network, are computed again chunk by chunk: that costs
  /// 2 % of the products and saves a third of the patch encoder's memory, and they never leave the cache.
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
      tape.withValues(of: y) { sum in
        normBackward(
          main, projected: projected, xGradient: gradient, residualGradient: residualGradient,
          yGradient: yGradient, sum: sum, scratch: scratch, on: tape)
      }
      tape.projectBackward(main, gradient, target: targets.main)

      tape.project(residual, into: projected)
      normBackward(
        residual, projected: projected, xGradient: gradient, residualGradient: nil,
        yGradient: residualGradient, sum: nil, scratch: scratch, on: tape)
      tape.projectBackward(residual, gradient, target: targets.residual)
    }
  }

  /// - Parameter sum: values of y, where its gradient still has to pass the ReLU.
  private func normBackward(
    _ branch: Branch, projected: UnsafePointer<Float>, xGradient: UnsafeMutablePointer<Float>,
    residualGradient: UnsafeMutablePointer<Float>?, yGradient: UnsafePointer<Float>,
    sum: UnsafePointer<Float>?, scratch: UnsafeMutablePointer<Float>, on tape: Tape
  ) {
    let norm = branch.layers.norm
    groupNormBackward(
      xGradient: xGradient, scaleGradient: tape.gradient(of: norm.scale),
      biasGradient: tape.gradient(of: norm.bias), residualGradient: residualGradient,
      yGradient: yGradient, y: sum ?? yGradient, x: projected, scale: tape.value(of: norm.scale),
      mean: branch.mean, inverseDeviation: branch.inverseDeviation, shape: shape,
      rectify: sum != nil, accumulate: false, accumulateResidual: false, scratch: scratch)
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
      let statistics = shape.patches * shape.groups
      return .init(
        input: input, layers: layers, mean: scratch(statistics),
        inverseDeviation: scratch(statistics))
    }
    let operation = BottleneckSumOperation(
      main: branch(a, main), residual: branch(x, projection), shape: shape, y: target)
    // Their operands are kept for backward: make them before the workspace, not inside of it.
    _ = (operand(of: a), operand(of: x))
    withResult(target) { sum in
      withWorkspace(target.count + shape.scratchCount) { projected in
        let scratch = projected + target.count
        // The normalised residual is written where the sum will be.
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
    let norm = branch.layers.norm
    groupNormForward(
      y: sum, mean: branch.mean, inverseDeviation: branch.inverseDeviation,
      x: projected, scale: value(of: norm.scale), bias: value(of: norm.bias), residual: residual,
      shape: shape, epsilon: norm.epsilon, rectify: residual != nil, scratch: scratch)
  }

  /// input W of a branch.
  fileprivate func project(
    _ branch: BottleneckSumOperation.Branch, into projected: UnsafeMutablePointer<Float>
  ) {
    let weight = branch.layers.weight
    multiply(
      operand(of: branch.input), operand(of: weight), into: projected,
      stride: weight.parameter.columns, rows: branch.input.rows,
      columns: weight.parameter.columns, inner: branch.input.columns)
  }

  /// ∂W += inputᵀ g;  ∂input = g Wᵀ.
  fileprivate func projectBackward(
    _ branch: BottleneckSumOperation.Branch, _ gradient: UnsafePointer<Float>,
    target: (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)?
  ) {
    let (input, weight) = (branch.input, branch.layers.weight)
    let outputs = weight.parameter.columns
    withOperand(gradient, rows: input.rows, columns: outputs) { upstream in
      addGradient(of: weight, x: operand(of: input), yGradient: upstream, rows: input.rows)
      guard let target else { return }
      multiply(
        upstream, operand(of: weight).transposed, into: target.pointer, stride: input.columns,
        rows: input.rows, columns: input.columns, inner: outputs, accumulate: target.accumulate)
    }
  }
}

// y = maxPool(relu(groupNorm(x))), per patch: the root of the patch encoder

import Kernels

struct PooledGroupNormOperation: Differentiable {
  let x: Variable
  let parameters: GroupNormParameters
  let shape: GroupNormShape
  let geometry: WindowGeometry
  let statistics: NormStatistics
  let y: Variable

  /// The rectified features, four times as many as the pooled ones, are computed again, not kept.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let gradients = parameters.gradients(x: tape.gradientTargetOrDiscard(of: x), on: tape)
    tape.withWorkspace(2 * x.count + shape.scratchCount) { workspace in
      let (features, gradient) = (workspace, workspace + x.count)
      let scratch = gradient + x.count
      tape.normalize(self, into: features, scratch: scratch)
      maxPoolBackward(
        GradientTarget(gradient, accumulates: false), yGradient: yGradient, y: y.value,
        x: features, patches: shape.patches, geometry)
      groupNormBackward(
        gradients,
        of: GroupNormInputs(
          yGradient: gradient, rectified: features, x: x.value,
          scale: tape.value(of: parameters.scale), statistics: statistics),
        shape: shape, scratch: scratch)
    }
  }
}

extension Tape {
  /// Group normalization, ReLU and maximum pooling.
  /// - Parameter x: `[patches · side², channels]`.
  /// - Returns: `[patches · outputSide², channels]`.
  public func pooledGroupNorm(
    _ x: Variable, _ parameters: GroupNormParameters, geometry: WindowGeometry
  ) -> Variable {
    let shape = GroupNormShape(
      patches: x.count / geometry.inputCount, positions: geometry.side * geometry.side,
      channels: x.columns, groups: parameters.groups)
    let operation = PooledGroupNormOperation(
      x: x, parameters: parameters, shape: shape, geometry: geometry,
      statistics: normStatistics(shape.patches * shape.groups),
      y: output(rows: shape.patches * geometry.outputPositions, columns: x.columns))
    withWorkspace(x.count + shape.scratchCount) { workspace in
      normalize(operation, into: workspace, scratch: workspace + x.count)
      maxPoolForward(y: operation.y.value, x: workspace, patches: shape.patches, geometry)
    }
    record(.pooledGroupNorm(operation))
    return operation.y
  }

  fileprivate func normalize(
    _ operation: PooledGroupNormOperation, into y: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    groupNormForward(
      y: y, statistics: operation.statistics, x: operation.x.value,
      parameters: operation.parameters.values(on: self), residual: nil, shape: operation.shape,
      rectify: true, scratch: scratch)
  }
}

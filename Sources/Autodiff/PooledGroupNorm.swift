// y = maxPool(relu(groupNorm(x))), per patch: the root of the patch encoder

import Kernels

struct PooledGroupNormOperation: Differentiable {
  let x: Variable
  let parameters: GroupNormParameters
  let shape: GroupNormShape
  let geometry: WindowGeometry
  let mean: UnsafeMutablePointer<Float>
  let inverseDeviation: UnsafeMutablePointer<Float>
  let y: Variable

  /// The rectified features, four times as many as the pooled ones, are computed again, not kept.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let target = tape.gradientTargetOrDiscard(of: x)
    tape.withWorkspace(2 * x.count + shape.scratchCount) { workspace in
      let (features, gradient) = (workspace, workspace + x.count)
      let scratch = gradient + x.count
      tape.normalize(self, into: features, scratch: scratch)
      maxPoolBackward(
        xGradient: gradient, yGradient: yGradient, y: y.value, x: features,
        patches: shape.patches, geometry, accumulate: false)
      groupNormBackward(
        xGradient: target.pointer, scaleGradient: tape.gradient(of: parameters.scale),
        biasGradient: tape.gradient(of: parameters.bias), residualGradient: nil,
        yGradient: gradient, y: features, x: x.value, scale: tape.value(of: parameters.scale),
        mean: mean, inverseDeviation: inverseDeviation, shape: shape, rectify: true,
        accumulate: target.accumulate, accumulateResidual: false, scratch: scratch)
    }
  }
}

extension Tape {
  /// Group normalisation, ReLU and maximum pooling.
  /// - Parameter x: `[patches · side², channels]`.
  /// - Returns: `[patches · outputSide², channels]`.
  public func pooledGroupNorm(
    _ x: Variable, _ parameters: GroupNormParameters, geometry: WindowGeometry
  ) -> Variable {
    let shape = GroupNormShape(
      patches: x.count / geometry.inputCount, positions: geometry.side * geometry.side,
      channels: x.columns, groups: parameters.groups)
    let statistics = shape.patches * shape.groups
    let operation = PooledGroupNormOperation(
      x: x, parameters: parameters, shape: shape, geometry: geometry, mean: scratch(statistics),
      inverseDeviation: scratch(statistics),
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
      y: y, mean: operation.mean, inverseDeviation: operation.inverseDeviation,
      x: operation.x.value, scale: value(of: operation.parameters.scale),
      bias: value(of: operation.parameters.bias), residual: nil, shape: operation.shape,
      epsilon: operation.parameters.epsilon, rectify: true, scratch: scratch)
  }
}

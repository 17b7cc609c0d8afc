// y = x ∗ W on every patch, SAME padding

import Kernels

struct ConvolutionOperation: Differentiable {
  let x: Variable
  let weight: WeightSource
  let geometry: WindowGeometry
  let y: Variable

  /// With F the unfolded receptive fields:  ∂W += Fᵀ ∂y;  ∂x = fold(∂y Wᵀ). F is unfolded again,
  /// one patch at a time, so it never leaves the cache.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let (positions, fields) = (geometry.outputPositions, geometry.fieldCount)
    let xGradient = tape.gradientSum(of: x)
    tape.withOperand(yGradient, rows: y.rows, columns: y.columns) { upstream in
      tape.withWorkspace(geometry.workspaceCount) { workspace in
        for patch in 0..<y.rows / positions {
          let upstream = upstream.rows(patch * positions..<(patch + 1) * positions)
          multiply(
            tape.fields(of: x, patch: patch, geometry, in: workspace).transposed, upstream,
            into: tape.gradientMatrix(of: weight.parameter), accumulates: true)
          guard let xGradient else { continue }
          multiply(
            upstream, tape.operand(of: weight).transposed,
            into: MutableMatrixView(workspace, rows: positions, columns: fields))
          fold(workspace, addingTo: xGradient + patch * geometry.inputCount, geometry)
        }
      }
    }
  }
}

extension Tape {
  /// Convolution without bias.
  /// - Parameters:
  ///   - x: `[patches · side², channels]`, or `[patches, side² · channels]`: the same memory.
  ///   - weight: HWIO kernel seen as `[size² · channels, outputs]`.
  /// - Returns: `[patches · outputSide², outputs]`.
  public func convolution(
    _ x: Variable, weight: WeightSource, geometry: WindowGeometry
  ) -> Variable {
    precondition(weight.parameter.rows == geometry.fieldCount, "kernel does not fit the window")
    let positions = geometry.outputPositions
    let patches = x.count / geometry.inputCount
    let y = output(rows: patches * positions, columns: weight.parameter.columns)
    let target = y.matrix(at: y.value)
    withWorkspace(geometry.workspaceCount) { workspace in
      for patch in 0..<patches {
        multiply(
          self.fields(of: x, patch: patch, geometry, in: workspace), operand(of: weight),
          into: target.rows(patch * positions..<(patch + 1) * positions))
      }
    }
    record(
      .convolution(ConvolutionOperation(x: x, weight: weight, geometry: geometry, y: y)))
    return y
  }

  /// The receptive fields of one patch as operand, in `workspace`.
  func fields(
    of x: Variable, patch: Int, _ geometry: WindowGeometry,
    in workspace: UnsafeMutablePointer<Float>
  ) -> MatrixView {
    let input = x.value + patch * geometry.inputCount
    let (rows, columns) = (geometry.outputPositions, geometry.fieldCount)
    guard bfloat16 != nil else {
      unfold(input, into: workspace, geometry)
      return MatrixView(workspace, rows: rows, columns: columns)
    }
    // The workspace has room for floats: the fields take one half, the rounded patch the other.
    let fields = UnsafeMutableRawPointer(workspace).assumingMemoryBound(to: BFloat16.self)
    let rounded = fields + rows * columns
    round(input, into: rounded, count: geometry.inputCount)
    unfold(UnsafePointer(rounded), into: fields, geometry)
    return MatrixView(fields, rows: rows, columns: columns)
  }
}

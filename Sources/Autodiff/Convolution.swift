// y = x ∗ W on every patch, SAME padding

import Kernels

#if canImport(Glibc)
  import Glibc
#endif

struct ConvolutionOperation: Differentiable {
  let x: Variable
  let weight: WeightSource
  let geometry: WindowGeometry
  let y: Variable

  /// With F the unfolded receptive fields:  ∂W += Fᵀ ∂y;  ∂x = fold(∂y Wᵀ). F is unfolded again, one
  /// patch at a time, so it never leaves the cache.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let (positions, fields, outputs) = (
      geometry.outputPositions, geometry.fieldCount, y.columns
    )
    let target = tape.gradientTarget(of: x)
    if let target, !target.accumulate {
      memset(target.pointer, 0, x.count * MemoryLayout<Float>.stride)
    }
    tape.withOperand(yGradient, rows: y.rows, columns: outputs) { upstream in
      tape.withWorkspace(geometry.workspaceCount) { workspace in
        for patch in 0..<y.rows / positions {
          let upstream = upstream.advanced(by: patch * positions * outputs)
          multiply(
            tape.fields(of: x, patch: patch, geometry, in: workspace).transposed, upstream,
            into: tape.gradient(of: weight.parameter), stride: outputs, rows: fields,
            columns: outputs, inner: positions, accumulate: true)
          guard let target else { continue }
          multiply(
            upstream, tape.operand(of: weight).transposed, into: workspace, stride: fields,
            rows: positions, columns: fields, inner: outputs)
          fold(
            workspace, addingTo: target.pointer + patch * geometry.inputCount, geometry)
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
    let (positions, fields, outputs) = (
      geometry.outputPositions, geometry.fieldCount, weight.parameter.columns
    )
    let patches = x.count / geometry.inputCount
    let y = output(rows: patches * positions, columns: outputs)
    withWorkspace(geometry.workspaceCount) { workspace in
      for patch in 0..<patches {
        multiply(
          self.fields(of: x, patch: patch, geometry, in: workspace), operand(of: weight),
          into: y.value + patch * positions * outputs, stride: outputs, rows: positions,
          columns: outputs, inner: fields)
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
  ) -> MatrixOperand {
    let input = x.value + patch * geometry.inputCount
    guard half != nil else {
      unfold(input, into: workspace, geometry)
      return MatrixOperand(workspace, stride: geometry.fieldCount)
    }
    // The workspace has room for floats: the fields take one half, the rounded patch the other.
    let fields = UnsafeMutableRawPointer(workspace).assumingMemoryBound(to: BFloat16.self)
    let rounded = fields + geometry.outputPositions * geometry.fieldCount
    round(input, into: rounded, count: geometry.inputCount)
    unfold(UnsafePointer(rounded), into: fields, geometry)
    return MatrixOperand(fields, stride: geometry.fieldCount)
  }
}

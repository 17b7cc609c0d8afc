// The table of derivatives: every operation the tape can record. Each case is a plain value in a
// file of its own, with the forward function and the pullback side by side.

/// A recorded operation. An enum of small structs, not closures or existentials, so that recording
/// allocates nothing.
enum Operation {
  case linear(LinearOperation)
  case geluLinear(GELULinearOperation)
  case layerNorm(LayerNormOperation)
  case attention(AttentionOperation)
  case embedTokens(EmbedTokensOperation)
  case selectRows(SelectRowsOperation)
  case convolution(ConvolutionOperation)
  case groupNorm(GroupNormOperation)
  case bottleneckSum(BottleneckSumOperation)
  case maxPool(MaxPoolOperation)
  case pooledGroupNorm(PooledGroupNormOperation)
  /// Created by `Tape.buffer`: holds the slot that several operations fill.
  case buffer(Variable)
  /// See `Tape.markParameters(from:)`.
  case milestone(Int)

  func pullback(on tape: Tape) {
    switch self {
    case .linear(let operation): run(operation, on: tape)
    case .geluLinear(let operation): run(operation, on: tape)
    case .layerNorm(let operation): run(operation, on: tape)
    case .attention(let operation): run(operation, on: tape)
    case .embedTokens(let operation): run(operation, on: tape)
    case .selectRows(let operation): run(operation, on: tape)
    case .convolution(let operation): run(operation, on: tape)
    case .groupNorm(let operation): run(operation, on: tape)
    case .bottleneckSum(let operation): run(operation, on: tape)
    case .maxPool(let operation): run(operation, on: tape)
    case .pooledGroupNorm(let operation): run(operation, on: tape)
    case .buffer(let variable): tape.releaseGradient(of: variable)
    case .milestone(let offset): tape.onGradientsFinal?(offset)
    }
  }

  @inline(__always)
  private func run(_ operation: some Differentiable, on tape: Tape) {
    guard let gradient = tape.gradient(of: operation.y) else { return }
    operation.pullback(yGradient: gradient, on: tape)
    tape.releaseGradient(of: operation.y)
  }
}

/// An operation with one output.
protocol Differentiable {
  /// The output.
  var y: Variable { get }
  /// Adds to the gradients of inputs and parameters, given the gradient of `y`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape)
}

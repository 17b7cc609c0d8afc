// Fully connected layer with the official parameter names `kernel` and `bias`.

import Autodiff
import Tensors

/// y = x W + b.
public struct Linear: Sendable {
  let kernel: WeightSource
  let bias: ParameterReference

  /// Declares `name/kernel` and `name/bias`.
  /// - Parameters:
  ///   - kernelShape: shape in files, `[inputs, outputs]` unless heads are kept apart.
  ///   - biasShape: `[outputs]` unless heads are kept apart.
  ///   - trainsBias: false where the gradient of the bias is mathematically zero.
  public init(
    _ name: String, inputs: Int, outputs: Int, kernelShape: [Int]? = nil, biasShape: [Int]? = nil,
    kernel initializer: Initializer, bias biasInitializer: Initializer = .zeros,
    trainsBias: Bool = true, in builder: inout ParameterBuilder
  ) {
    kernel = WeightSource(
      builder.declare(
        "\(name)/kernel", shape: kernelShape ?? [inputs, outputs], rows: inputs, columns: outputs,
        initializer))
    bias = builder.declare(
      "\(name)/bias", shape: biasShape ?? [outputs], biasInitializer, isTrained: trainsBias)
    self.trainsBias = trainsBias
  }

  private let trainsBias: Bool

  /// Features of the result.
  public var outputs: Int { bias.count }

  /// x W + b (+ residual). x: `[rows, inputs]`.
  /// - Parameter operandOnly: nothing but matrix products will read the result.
  public func callAsFunction(
    _ x: Variable, addingTo residual: Variable? = nil, operandOnly: Bool = false, on tape: Tape
  ) -> Variable {
    tape.linear(
      x, weight: kernel, bias: bias, trainsBias: trainsBias, addingTo: residual,
      operandOnly: operandOnly)
  }

  /// x W, the bias left to an operation that follows.
  func withoutBias(_ x: Variable, on tape: Tape) -> Variable { tape.linear(x, weight: kernel) }

  /// gelu(x + inputBias) W + b (+ residual).
  func ofGELU(
    _ x: Variable, inputBias: ParameterReference, addingTo residual: Variable, on tape: Tape
  ) -> Variable {
    tape.geluLinear(x, inputBias: inputBias, weight: kernel, bias: bias, addingTo: residual)
  }
}

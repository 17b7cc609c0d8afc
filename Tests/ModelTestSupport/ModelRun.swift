// One forward and backward pass of a model on the calling thread, without the training machinery: what
// golden and equivalence tests compare with.

import Autodiff
import Kernels
import Labels
import Layers
import MUSIQ
import Multiscale
import Tensors
import TestSupport

/// A model with parameters and a gradient buffer.
public struct ModelRun {
  public let model: MUSIQModel
  public let parameters: ParameterStore
  public let gradients: ParameterStore
  private let precision: Precision

  /// Parameters are drawn from the initializers, or, without a seed, from the golden formulas.
  public init(
    _ configuration: MUSIQConfiguration, seed: UInt64?, precision: Precision = .fp32
  ) {
    self.precision = precision
    model = MUSIQModel(configuration)
    parameters = ParameterStore(layout: model.layout)
    gradients = ParameterStore(layout: model.layout)
    if let seed {
      parameters.initialize(seed: seed)
    } else {
      for entry in model.layout.entries {
        let values = goldenParameter(entry.name, entry.shape)
        for (i, value) in zip(entry.range, values) { parameters.buffer.pointer[i] = value }
      }
    }
  }

  /// Outputs, mean loss and, in `gradients`, its gradient.
  public func callAsFunction(
    _ batch: TokenBatch, targets: [Label], objective: Objective,
    observesAllTokens: Bool = false, observer: ModelObserver? = nil
  ) -> (logits: [[Float]], loss: Double) {
    let prepared = StepParameters(parameters, model: model, precision: precision)
    prepared.prepare()
    gradients.buffer.zero()
    let tape = prepared.tape()
    tape.parameterGradients = gradients.buffer.pointer
    let output = model(
      batch, on: tape, observesAllTokens: observesAllTokens, observer: observer)
    let logits = (0..<output.rows).map { row in
      Array(output.elements[row * output.columns..<(row + 1) * output.columns])
    }
    var loss = 0.0
    tape.backward(from: output) { gradient in
      for (image, target) in targets.enumerated() {
        let row = image * output.columns
        loss += objective(
          logits: output.value + row, outputs: output.columns, target: target,
          gradient: gradient + row)
      }
    }
    model.finishGradients(gradients.buffer.pointer, parameters: parameters.buffer.pointer)
    let weight = 1 / Float(targets.count)
    for i in gradients.buffer.elements.indices { gradients.buffer.pointer[i] *= weight }
    return (logits, loss / Double(targets.count))
  }
}

extension GoldenTarget {
  /// One target per image.
  public var targets: [Label] {
    switch self {
    case .scores(let scores): scores.map(Label.score)
    case .distributions(let distributions): distributions.map(Label.ratings)
    case .classes(let classes): classes.map { .classIndex(Int32($0)) }
    }
  }
}

extension GoldenLoss {
  public var objective: Objective {
    switch self {
    case .l1: .absoluteError
    case .emd: .earthMoversDistance(exponent: 2)
    case .ce: .crossEntropy
    }
  }
}

/// The tokens of golden images as one batch.
public func goldenBatch(
  _ images: [GoldenImage], configuration: MultiscaleConfiguration, padded: Bool
) -> TokenBatch {
  let tokenizer = Tokenizer(configuration: configuration)
  let batch = TokenBatch(
    joining: images.map {
      tokenizer.tokens(
        height: $0.height, width: $0.width, pixels: $0.pixels(channels: configuration.channels),
        padded: padded)
    })
  return padded ? batch.paddedToLongest() : batch
}

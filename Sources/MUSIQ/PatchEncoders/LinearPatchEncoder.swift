// The patch encoder of the Vision Transformer: flatten (y, x, channel) – dense.

import Autodiff
import Layers

/// One dense layer from pixels to tokens: `embedding`, 21,929,473 parameters with everything behind
/// it.
struct LinearPatchEncoder: PatchEncoder {
  let embedding: Linear

  init(_ c: MUSIQConfiguration, in builder: inout ParameterBuilder) {
    embedding = Linear(
      "embedding", inputs: c.multiscale.patchValues, outputs: c.hiddenSize, kernel: .lecunNormal,
      in: &builder)
  }

  var convolutions: [StandardizedConvolution] { [] }

  func callAsFunction(_ patches: Variable, on tape: Tape, observer: ModelObserver?) -> Variable {
    embedding(patches, on: tape)
  }

  static func cost(_ c: MUSIQConfiguration) -> Double {
    Double(c.multiscale.patchValues) * Double(c.hiddenSize)
  }
}

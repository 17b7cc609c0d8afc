// The initial parameters of the published model: limits and deviations of the official
// initializers.

import MUSIQ
import Tensors
import TestSupport
import Testing

@Suite struct InitializationTests {
  /// One layer has every kind of parameter.
  private static let parameters: ParameterStore = {
    let model = MUSIQModel(MUSIQConfiguration(layerCount: 1, outputCount: 10))
    let store = ParameterStore(layout: model.layout)
    store.initialize(seed: 0)
    return store
  }()

  private func moments(_ name: String) -> (deviation: Double, largest: Double) {
    let x = Self.parameters[name].doubles
    let squares = x.reduce(0) { $0 + $1 * $1 }
    return ((squares / Double(x.count)).squareRoot(), x.map(abs).max() ?? 0)
  }

  private static let attention = "Transformer/encoderblock_0/MultiHeadDotProductAttention_1"
  private static let mlp = "Transformer/encoderblock_0/MlpBlock_3"

  /// √(1 / fan in) and, for truncated ones, 2 / 0.8796 times that; √(6 / (in + out)) otherwise.
  @Test(
    "kernels have the deviation and the limit of their initializer",
    arguments: [
      ("conv_root/kernel", 0.0825, 0.1875), ("block1/unit1/conv2/kernel", 0.04167, 0.09475),
      ("embedding/kernel", 0.0078125, 0.017763),
      ("\(attention)/query/kernel", 0.05103, 0.08839),
      ("\(attention)/out/kernel", 0.05103, 0.08839),
      ("\(mlp)/Dense_0/kernel", 0.03608, 0.0625), ("\(mlp)/Dense_1/kernel", 0.03608, 0.0625),
    ])
  func kernels(name: String, deviation: Double, limit: Double) {
    let actual = moments(name)
    // The smallest has 9408 values: a standard error of 0.7 %.
    #expect(abs(actual.deviation / deviation - 1) < 0.025)
    #expect(actual.largest <= limit * 1.001 && actual.largest > 0.97 * limit)
  }

  @Test(
    "embeddings and MLP biases are normal",
    arguments: [
      ("Transformer/posembed_input/pos_embedding", 0.02),
      ("Transformer/scaleembed_input/scale_embedding", 0.02),
      ("\(mlp)/Dense_0/bias", 1e-6), ("\(mlp)/Dense_1/bias", 1e-6),
    ])
  func normal(name: String, deviation: Double) {
    // The smallest has 384 values: a standard error of 3.6 %.
    #expect(abs(moments(name).deviation / deviation - 1) < 0.15)
  }

  @Test("everything else is zero or one")
  func constants() {
    var seen = 0
    for entry in Self.parameters.layout.entries {
      let values = Self.parameters[entry.name]
      let isBias = entry.name.hasSuffix("bias") && !entry.name.contains("MlpBlock")
      if isBias || entry.name == "head/kernel" || entry.name == "Transformer/cls"
        || entry.name.hasSuffix("gn3/scale")
      {
        #expect(values.allSatisfy { $0 == 0 }, "\(entry.name)")
        seen += 1
      } else if entry.name.hasSuffix("scale") {
        #expect(values.allSatisfy { $0 == 1 }, "\(entry.name)")
        seen += 1
      }
    }
    // Norms: 5 groups, 3 layers, two tensors each; biases: embedding, 4 of attention, head; head
    // kernel; class token.
    #expect(seen == 2 * 8 + 6 + 2)
  }
}

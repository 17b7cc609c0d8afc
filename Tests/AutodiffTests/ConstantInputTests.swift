import Autodiff
import Kernels
import ModelTestSupport
import TestSupport
import Testing

/// Inputs that need no gradient still pass it on to the parameters of the operation.
@Suite struct ConstantInputTests {
  static let x = randomValues("constant input", 24)

  static let cases = [
    OperationCase("layer norm", [(1, 8), (1, 8)]) { tape, check in
      tape.layerNorm(
        check.constant(x, rows: 3, columns: 8, on: tape), scale: check.parameters[0],
        bias: check.parameters[1], epsilon: 1e-6)
    } twin: {
      Naive.layerNorm(x.doubles, scale: $0[0], bias: $0[1], epsilon: 1e-6)
    },

    OperationCase("linear of GELU", [(1, 8), (8, 2), (1, 2)]) { tape, check in
      tape.geluLinear(
        check.constant(x, rows: 3, columns: 8, on: tape), inputBias: check.parameters[0],
        weight: WeightSource(check.parameters[1]), bias: check.parameters[2])
    } twin: {
      Naive.linear(
        Naive.biasGELU(x.doubles, bias: $0[0], columns: 8), $0[1], bias: $0[2], rows: 3, inputs: 8,
        outputs: 2)
    },

    OperationCase("group norm", [(1, 8), (1, 8)]) { tape, check in
      tape.groupNorm(
        check.constant(x, rows: 3, columns: 8, on: tape),
        GroupNormParameters(
          scale: check.parameters[0], bias: check.parameters[1], groups: 2, epsilon: 1e-4),
        positions: 3, rectify: false)
    } twin: {
      Naive.groupNorm(
        x.doubles, scale: $0[0], bias: $0[1],
        Naive.Groups(patches: 1, positions: 3, channels: 8, groups: 2), epsilon: 1e-4,
        rectify: false)
    },

    OperationCase("token embedding", [(2, 8), (1, 8), (1, 8)]) { tape, check in
      tape.embedTokens(
        check.constant(x, rows: 3, columns: 8, on: tape),
        tables: TokenTables(
          spatial: check.parameters[0], scale: check.parameters[1],
          classToken: check.parameters[2]),
        indices: TokenIndices(
          offsets: tape.keep([0, 3]), imageCount: 1, spatial: tape.keep([0, 1, 1] as [Int32]),
          scale: tape.keep([0, 0, 0] as [Int32])))
    } twin: {
      Naive.embeddedTokens(
        x.doubles, spatial: $0[0], scale: $0[1], classToken: $0[2], offsets: [0, 3],
        spatialIndices: [0, 1, 1], scaleIndices: [0, 0, 0])
    },

    OperationCase("attention with constant queries", [(3, 8), (3, 8)]) { tape, check in
      tape.attention(
        queries: check.constant(x, rows: 3, columns: 8, on: tape),
        keys: check.leaf(0, on: tape), values: check.leaf(1, on: tape),
        shape: AttentionShape(
          queries: tape.keep([0, 3]), keys: tape.keep([0, 3]), imageCount: 1, heads: 2,
          headSize: 4, keyMask: nil, masksQueries: false))
    } twin: {
      Naive.attention(
        x.doubles, $0[0], $0[1],
        Naive.Heads(queries: [0, 3], keys: [0, 3], heads: 2, headSize: 4))
    },
  ]

  @Test("parameters behind a constant input get their gradient", arguments: cases)
  func gradients(operation: OperationCase) { operation.expectEqual() }
}

// Every row of the table of derivatives, on a tape of its own.

import Autodiff
import Kernels
import ModelTestSupport
import TestSupport
import Testing

/// An operation and its twin, both functions of the same parameters.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let check: TapeCheck
  let function: @Sendable (Tape, TapeCheck) -> Variable
  let twin: @Sendable ([[Double]]) -> [Double]
  let testDescription: String

  init(
    _ name: String, _ shapes: [(rows: Int, columns: Int)],
    _ function: @escaping @Sendable (Tape, TapeCheck) -> Variable,
    twin: @escaping @Sendable ([[Double]]) -> [Double]
  ) {
    testDescription = name
    check = TapeCheck(name, shapes: shapes)
    self.function = function
    self.twin = twin
  }

  /// Compares value and gradients with those of the twin.
  func expectEqual() {
    let (value, gradients) = check.deviations(of: { function($0, check) }, from: twin)
    #expect(value <= OperationTests.tolerance)
    for (index, gradient) in gradients.enumerated() {
      #expect(gradient <= OperationTests.tolerance, "parameter \(index)")
    }
  }
}

@Suite struct OperationTests {
  /// Sums of Floats and at most one exponential; see the tolerances of the kernels.
  static let tolerance = 5e-6

  @Test(
    "value and gradients equal those of the twin",
    arguments: linear + normalization + tokens + attention + windows)
  func gradients(operation: OperationCase) { operation.expectEqual() }

  static let linear = [
    OperationCase("linear", [(5, 17), (17, 9)]) { tape, check in
      tape.linear(check.leaf(0, on: tape), weight: WeightSource(check.parameters[1]))
    } twin: {
      Naive.linear($0[0], $0[1], rows: 5, inputs: 17, outputs: 9)
    },

    OperationCase("linear with bias and residual", [(5, 17), (17, 9), (1, 9), (5, 9)]) {
      tape, check in
      tape.linear(
        check.leaf(0, on: tape), weight: WeightSource(check.parameters[1]),
        bias: check.parameters[2], addingTo: check.leaf(3, on: tape))
    } twin: {
      Naive.linear(
        $0[0], $0[1], bias: $0[2], residual: $0[3], rows: 5, inputs: 17, outputs: 9)
    },

    OperationCase("linear whose residual is its input", [(5, 9), (9, 9)]) { tape, check in
      let x = check.leaf(0, on: tape)
      return tape.linear(x, weight: WeightSource(check.parameters[1]), addingTo: x)
    } twin: {
      Naive.linear($0[0], $0[1], residual: $0[0], rows: 5, inputs: 9, outputs: 9)
    },

    OperationCase("linear of a constant", [(2, 3), (1, 3)]) { tape, check in
      tape.linear(
        check.constant([1, 2, 3, 4, 5, 6], rows: 3, columns: 2, on: tape),
        weight: WeightSource(check.parameters[0]), bias: check.parameters[1])
    } twin: {
      Naive.linear([1, 2, 3, 4, 5, 6], $0[0], bias: $0[1], rows: 3, inputs: 2, outputs: 3)
    },

    OperationCase("linear of GELU", [(5, 17), (1, 17), (17, 9), (1, 9), (5, 9)]) { tape, check in
      tape.geluLinear(
        check.leaf(0, on: tape), inputBias: check.parameters[1],
        weight: WeightSource(check.parameters[2]), bias: check.parameters[3],
        addingTo: check.leaf(4, on: tape))
    } twin: {
      Naive.linear(
        Naive.biasGELU($0[0], bias: $0[1], columns: 17), $0[2], bias: $0[3], residual: $0[4],
        rows: 5, inputs: 17, outputs: 9)
    },
  ]

  static let normalization = [
    OperationCase("layer norm", [(5, 17), (1, 17), (1, 17)]) { tape, check in
      tape.layerNorm(
        check.leaf(0, on: tape), scale: check.parameters[1], bias: check.parameters[2],
        epsilon: 1e-6)
    } twin: {
      Naive.layerNorm($0[0], scale: $0[1], bias: $0[2], epsilon: 1e-6)
    },

    OperationCase("group norm", [(6, 8), (1, 8), (1, 8)]) { tape, check in
      tape.groupNorm(
        check.leaf(0, on: tape), groups(check), positions: 3, rectify: false)
    } twin: {
      groupNorm($0, residual: nil, rectify: false)
    },

    OperationCase("group norm with ReLU", [(6, 8), (1, 8), (1, 8)]) { tape, check in
      tape.groupNorm(check.leaf(0, on: tape), groups(check), positions: 3, rectify: true)
    } twin: {
      groupNorm($0, residual: nil, rectify: true)
    },

    OperationCase(
      "group norm into two views", [(3, 8), (1, 8), (1, 8), (3, 8)]
    ) { tape, check in
      let target = tape.buffer(rows: 2, columns: 24)
      for (patch, parameter) in [0, 3].enumerated() {
        tape.groupNorm(
          check.leaf(parameter, on: tape), groups(check), positions: 3, rectify: true,
          into: target.rows(patch..<patch + 1))
      }
      return target
    } twin: {
      groupNorm([$0[0] + $0[3], $0[1], $0[2]], residual: nil, rectify: true)
    },

    OperationCase("pooled group norm", [(50, 8), (1, 8), (1, 8)]) { tape, check in
      tape.pooledGroupNorm(
        check.leaf(0, on: tape), groups(check),
        geometry: WindowGeometry(side: 5, channels: 8, size: 3, stride: 2))
    } twin: {
      Naive.maxPool(
        Naive.groupNorm(
          $0[0], scale: $0[1], bias: $0[2],
          Naive.Groups(patches: 2, positions: 25, channels: 8, groups: 4), epsilon: 1e-4,
          rectify: true), Naive.Window(side: 5, channels: 8, size: 3, stride: 2))
    },

    OperationCase(
      "bottleneck sum", [(6, 5), (1, 8), (1, 8), (5, 8), (6, 3), (3, 8), (1, 8), (1, 8)]
    ) { tape, check in
      let target = tape.buffer(rows: 2, columns: 24)
      tape.bottleneckSum(
        check.leaf(0, on: tape),
        NormalizedProjection(weight: WeightSource(check.parameters[3]), norm: groups(check)),
        residual: check.leaf(4, on: tape),
        NormalizedProjection(
          weight: WeightSource(check.parameters[5]),
          norm: GroupNormParameters(
            scale: check.parameters[6], bias: check.parameters[7], groups: 4, epsilon: 1e-4)),
        positions: 3, into: target)
      return target
    } twin: { p in
      let main = Naive.linear(p[0], p[3], rows: 6, inputs: 5, outputs: 8)
      let residual = Naive.linear(p[4], p[5], rows: 6, inputs: 3, outputs: 8)
      return groupNorm(
        [main, p[1], p[2]],
        residual: groupNorm([residual, p[6], p[7]], residual: nil, rectify: false),
        rectify: true)
    },
  ]

  private static func groups(_ check: TapeCheck) -> GroupNormParameters {
    GroupNormParameters(
      scale: check.parameters[1], bias: check.parameters[2], groups: 4, epsilon: 1e-4)
  }

  private static func groupNorm(
    _ p: [[Double]], residual: [Double]?, rectify: Bool
  ) -> [Double] {
    Naive.groupNorm(
      p[0], scale: p[1], bias: p[2], residual: residual,
      Naive.Groups(patches: 2, positions: 3, channels: 8, groups: 4), epsilon: 1e-4,
      rectify: rectify)
  }

  static let tokens = [
    OperationCase("token embedding", [(5, 6), (4, 6), (2, 6), (1, 6)]) { tape, check in
      tape.embedTokens(
        check.leaf(0, on: tape),
        tables: TokenTables(
          spatial: check.parameters[1], scale: check.parameters[2],
          classToken: check.parameters[3]),
        indices: TokenIndices(
          offsets: tape.keep([0, 2, 5]), imageCount: 2,
          spatial: tape.keep([0, 3, 3, 1, 0] as [Int32]),
          scale: tape.keep([0, 1, 0, 0, 1] as [Int32])))
    } twin: {
      Naive.embeddedTokens(
        $0[0], spatial: $0[1], scale: $0[2], classToken: $0[3], offsets: [0, 2, 5],
        spatialIndices: [0, 3, 3, 1, 0], scaleIndices: [0, 1, 0, 0, 1])
    },

    OperationCase("token embedding with a class token alone", [(5, 6), (1, 6)]) { tape, check in
      tape.embedTokens(
        check.leaf(0, on: tape),
        tables: TokenTables(spatial: nil, scale: nil, classToken: check.parameters[1]),
        indices: TokenIndices(
          offsets: tape.keep([0, 2, 5]), imageCount: 2,
          spatial: tape.keep([0, 3, 3, 1, 0] as [Int32]),
          scale: tape.keep([0, 1, 0, 0, 1] as [Int32])))
    } twin: {
      Naive.embeddedTokens(
        $0[0], spatial: nil, scale: nil, classToken: $0[1], offsets: [0, 2, 5],
        spatialIndices: [0, 3, 3, 1, 0], scaleIndices: [0, 1, 0, 0, 1])
    },

    OperationCase("rows, one of them twice", [(5, 6)]) { tape, check in
      tape.selectRows(check.leaf(0, on: tape), tape.keep([4, 0, 4]), count: 3)
    } twin: {
      Naive.selectedRows($0[0], [4, 0, 4], columns: 6)
    },
  ]

  /// Two images, the first longer than a block of 64 queries.
  private static let heads = Naive.Heads(
    queries: [0, 67, 70], keys: [0, 67, 70], heads: 2, headSize: 3)
  private static let classHeads = Naive.Heads(
    queries: [0, 1, 2], keys: [0, 67, 70], heads: 2, headSize: 3,
    mask: (0..<70).map { $0 % 5 == 3 ? 0 : 1 })

  private static func shape(_ twin: Naive.Heads, on tape: Tape) -> AttentionShape {
    AttentionShape(
      queries: tape.keep(twin.queries), keys: tape.keep(twin.keys), imageCount: 2,
      heads: twin.heads, headSize: twin.headSize,
      keyMask: twin.mask.map { tape.keep($0.map { Float($0) }) },
      masksQueries: twin.masksQueries)
  }

  static let attention = [
    OperationCase("attention", [(70, 6), (70, 6), (70, 6)]) { tape, check in
      tape.attention(
        queries: check.leaf(0, on: tape), keys: check.leaf(1, on: tape),
        values: check.leaf(2, on: tape), shape: shape(heads, on: tape))
    } twin: {
      Naive.attention($0[0], $0[1], $0[2], heads)
    },

    OperationCase("attention of class tokens, with a mask", [(2, 6), (70, 6), (70, 6)]) {
      tape, check in
      tape.attention(
        queries: check.leaf(0, on: tape), keys: check.leaf(1, on: tape),
        values: check.leaf(2, on: tape), shape: shape(classHeads, on: tape))
    } twin: {
      Naive.attention($0[0], $0[1], $0[2], classHeads)
    },

    OperationCase("attention of a variable to itself", [(70, 6)]) { tape, check in
      let x = check.leaf(0, on: tape)
      return tape.attention(queries: x, keys: x, values: x, shape: shape(heads, on: tape))
    } twin: {
      Naive.attention($0[0], $0[0], $0[0], heads)
    },

    OperationCase("attention with common keys and values", [(70, 6), (70, 6)]) { tape, check in
      let x = check.leaf(1, on: tape)
      return tape.attention(
        queries: check.leaf(0, on: tape), keys: x, values: x, shape: shape(heads, on: tape))
    } twin: {
      Naive.attention($0[0], $0[1], $0[1], heads)
    },
  ]

  private static let window = Naive.Window(side: 5, channels: 3, size: 3, stride: 2)

  static let windows = [
    OperationCase("convolution", [(2, 75), (27, 4)]) { tape, check in
      tape.convolution(
        check.leaf(0, on: tape), weight: WeightSource(check.parameters[1]),
        geometry: WindowGeometry(side: 5, channels: 3, size: 3, stride: 2))
    } twin: {
      Naive.convolution($0[0], $0[1], window, outputs: 4)
    },

    OperationCase("convolution of constant pixels", [(27, 4)]) { tape, check in
      tape.convolution(
        check.constant(randomValues("pixels", 150), rows: 2, columns: 75, on: tape),
        weight: WeightSource(check.parameters[0]),
        geometry: WindowGeometry(side: 5, channels: 3, size: 3, stride: 2))
    } twin: {
      Naive.convolution(randomValues("pixels", 150).doubles, $0[0], window, outputs: 4)
    },

    OperationCase("max pool", [(50, 3)]) { tape, check in
      tape.maxPool(
        check.leaf(0, on: tape),
        geometry: WindowGeometry(side: 5, channels: 3, size: 3, stride: 2))
    } twin: {
      Naive.maxPool($0[0], window)
    },
  ]
}

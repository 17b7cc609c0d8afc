// What the tape promises whichever operations are on it.

import Autodiff
import Kernels
import ModelTestSupport
import TestSupport
import Testing

@Suite struct TapeTests {
  /// x `[4, 6]` and three square matrices.
  static let check = TapeCheck("tape", shapes: [(4, 6), (6, 6), (6, 6), (6, 6)])

  private func product(
    _ x: Variable, _ index: Int, addingTo residual: Variable? = nil, on tape: Tape
  ) -> Variable {
    tape.linear(
      x, weight: WeightSource(Self.check.parameters[index]), addingTo: residual)
  }
  private static func twin(
    _ x: [Double], _ w: [Double], adding residual: [Double]? = nil
  ) -> [Double] {
    Naive.linear(x, w, residual: residual, rows: 4, inputs: 6, outputs: 6)
  }

  private func expectEqual(
    _ function: (Tape) -> Variable, _ twin: ([[Double]]) -> [Double]
  ) {
    let (value, gradients) = Self.check.deviations(of: function, from: twin)
    #expect(value <= OperationTests.tolerance)
    for gradient in gradients { #expect(gradient <= OperationTests.tolerance) }
  }

  @Test("a variable with several consumers receives the sum of their gradients")
  func consumers() {
    expectEqual { tape in
      let x = Self.check.leaf(0, on: tape)
      let a = product(x, 1, on: tape)
      let b = product(x, 2, addingTo: a, on: tape)
      return product(x, 3, addingTo: b, on: tape)
    } _: { p in
      let a = Self.twin(p[0], p[1])
      return Self.twin(p[0], p[3], adding: Self.twin(p[0], p[2], adding: a))
    }
  }

  @Test("a parameter used twice receives the sum of both gradients")
  func sharedParameter() {
    expectEqual { tape in
      product(product(Self.check.leaf(0, on: tape), 1, on: tape), 1, on: tape)
    } _: { p in
      Self.twin(Self.twin(p[0], p[1]), p[1])
    }
  }

  @Test("a chain of residuals hands its gradient on and adds to it")
  func residualChain() {
    // The gradient of each sum is moved, not copied, to the one before; the branches then add to
    // it.
    expectEqual { tape in
      var z = Self.check.leaf(0, on: tape)
      for index in 1...3 { z = product(z, index, addingTo: z, on: tape) }
      return z
    } _: { p in
      var z = p[0]
      for index in 1...3 { z = Self.twin(z, p[index], adding: z) }
      return z
    }
  }

  @Test("a residual that already has a gradient keeps it")
  func moveOntoExisting() {
    expectEqual { tape in
      let x = Self.check.leaf(0, on: tape)
      let a = product(x, 1, addingTo: x, on: tape)
      return product(a, 2, addingTo: x, on: tape)
    } _: { p in
      Self.twin(Self.twin(p[0], p[1], adding: p[0]), p[2], adding: p[0])
    }
  }

  @Test("what nothing depends on is passed over")
  func unused() {
    expectEqual { tape in
      let x = Self.check.leaf(0, on: tape)
      _ = product(x, 3, on: tape)
      return product(x, 1, on: tape)
    } _: { p in
      Self.twin(p[0], p[1])
    }
  }

  @Test("rows of a buffer written one after another act as one variable")
  func bufferViews() {
    let check = TapeCheck(
      "views", shapes: [(6, 4), (1, 4), (1, 4), (8, 5), (4, 4), (4, 4)])
    let norm = GroupNormParameters(
      scale: check.parameters[1], bias: check.parameters[2], groups: 2, epsilon: 1e-4)
    func projection(_ index: Int) -> NormalizedProjection {
      NormalizedProjection(weight: WeightSource(check.parameters[index]), norm: norm)
    }
    let (value, gradients) = check.deviations { tape in
      let x = check.leaf(0, on: tape)
      // Three patches of two positions: [3, 2 · 4], filled in pieces of two and one.
      let features = tape.buffer(rows: 3, columns: 8)
      let pieces = [(rows: 0..<2, select: [0, 1, 2, 3]), (rows: 2..<3, select: [4, 5])]
      for piece in pieces {
        tape.discardingTemporaries {
          let part = tape.selectRows(x, tape.keep(piece.select), count: piece.select.count)
          tape.bottleneckSum(
            part, projection(4), residual: part, projection(5), positions: 2,
            into: features.rows(piece.rows))
        }
      }
      return tape.linear(features, weight: WeightSource(check.parameters[3]))
    } from: { p in
      let shape = Naive.Groups(patches: 3, positions: 2, channels: 4, groups: 2)
      func projected(_ index: Int) -> [Double] {
        Naive.linear(p[0], p[index], rows: 6, inputs: 4, outputs: 4)
      }
      let residual = Naive.groupNorm(
        projected(5), scale: p[1], bias: p[2], shape, epsilon: 1e-4, rectify: false)
      let y = Naive.groupNorm(
        projected(4), scale: p[1], bias: p[2], residual: residual, shape, epsilon: 1e-4,
        rectify: true)
      return Naive.linear(y, p[3], rows: 3, inputs: 8, outputs: 5)
    }
    #expect(value <= OperationTests.tolerance)
    for gradient in gradients { #expect(gradient <= OperationTests.tolerance) }
  }

  @Test("views share values")
  func views() {
    let tape = Tape(parameters: stable([0]))
    let values: [Float] = [0, 1, 2, 3, 4, 5, 6, 7]
    let x = Self.check.constant(values, rows: 4, columns: 2, on: tape)
    let view = x.rows(1..<4).rows(1..<3)
    #expect(view.rows == 2 && view.columns == 2 && view.count == 4)
    #expect(Array(view.elements) == [4, 5, 6, 7])
    #expect(tape.gradient(of: x) == nil)
  }

  @Test("prepared weights are read instead of the parameter, whose place gets the gradient")
  func prepared() {
    let parameter = ParameterReference(offset: 16, rows: 2, columns: 1)
    let tape = Tape(
      parameters: stable([Float](repeating: .nan, count: 32)),
      prepared: stable([9, 9, 9, 2, 5]))
    let gradients = GuardedBuffer([Float](repeating: 0, count: 32))
    tape.parameterGradients = gradients.pointer
    let x = Self.check.constant([1, 10], rows: 1, columns: 2, on: tape)
    let y = tape.linear(x, weight: WeightSource(parameter, preparedOffset: 3))
    #expect(Array(y.elements) == [52])
    tape.backward(from: y) { $0[0] = 3 }
    #expect(gradients.values[16...17] == [3, 30])
    #expect(gradients.values.count { $0 != 0 } == 2)
  }

  @Test("an untrained bias keeps a gradient of exactly zero")
  func untrainedBias() {
    let check = TapeCheck("untrained", shapes: [(2, 3), (1, 3)])
    let (_, gradients) = check.run { tape in
      tape.linear(
        check.constant([1, 2, 3, 4], rows: 2, columns: 2, on: tape),
        weight: WeightSource(check.parameters[0]), bias: check.parameters[1], trainsBias: false)
    }
    #expect(gradients[0].contains { $0 != 0 })
    #expect(gradients[1] == [0, 0, 0])
  }

  @Test("gradients of one micro-batch are added to those before it")
  func microBatches() {
    let once = GuardedBuffer([Float](repeating: 0, count: 64))
    let twice = GuardedBuffer([Float](repeating: 0, count: 64))
    let tape = Tape(parameters: stable(randomValues("p", 64)))
    for (target, repetitions) in [(once, 1), (twice, 2)] {
      tape.parameterGradients = target.pointer
      for _ in 0..<repetitions {
        let x = Self.check.constant(randomValues("x", 24), rows: 3, columns: 8, on: tape)
        let y = tape.linear(
          x, weight: WeightSource(ParameterReference(offset: 0, rows: 8, columns: 8)))
        tape.backward(from: y) { $0.update(from: randomValues("w", 24), count: 24) }
        tape.reset()
      }
    }
    #expect(deviation(twice.values, once.values.doubles.map { 2 * $0 }) <= 1e-6)
  }

  @Test("milestones come in descending order, each after the gradients it promises")
  func milestones() {
    let parameters = Self.check.parameters
    let tape = Tape(parameters: stable(randomValues("p", 256)))
    let gradients = GuardedBuffer([Float](repeating: 0, count: 256))
    tape.parameterGradients = gradients.pointer
    var z = Self.check.constant(randomValues("x", 24), rows: 4, columns: 6, on: tape)
    for index in 1...3 {
      tape.markParameters(from: parameters[index].offset)
      z = product(z, index, on: tape)
    }
    var seen: [(offset: Int, gradients: [Float])] = []
    tape.onGradientsFinal = { seen.append(($0, gradients.values)) }
    tape.backward(from: z) { $0.update(from: randomValues("w", 24), count: 24) }
    #expect(seen.map(\.offset) == [3, 2, 1].map { parameters[$0].offset } + [0])
    for (offset, then) in seen {
      #expect(then[offset...] == gradients.values[offset...], "from \(offset) on")
    }
    #expect(gradients.values.contains { $0 != 0 })
  }
}

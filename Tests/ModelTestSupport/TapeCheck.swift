// A function recorded on a tape against its twin in Double: values and all gradients.

import Autodiff
import Tensors
import TestSupport

/// A flat store of random parameters for a function under test.
public struct TapeCheck: Sendable {
  public let parameters: [ParameterReference]
  private let values: [Float]
  private let name: String

  /// One parameter per shape, 64-byte aligned as in a model.
  public init(_ name: String, shapes: [(rows: Int, columns: Int)]) {
    self.name = name
    var offset = 0
    parameters = shapes.map { shape in
      defer {
        offset = ParameterLayout.nextOffset(after: offset, count: shape.rows * shape.columns)
      }
      return ParameterReference(offset: offset, rows: shape.rows, columns: shape.columns)
    }
    values = randomValues(name, offset)
  }

  /// Parameter `index` as a variable: I · W has the value and the gradient of W, exactly.
  public func leaf(_ index: Int, on tape: Tape) -> Variable {
    let parameter = parameters[index]
    let rows = parameter.rows
    var identity = [Float](repeating: 0, count: rows * rows)
    for i in 0..<rows { identity[i * rows + i] = 1 }
    return tape.linear(
      constant(identity, rows: rows, columns: rows, on: tape), weight: WeightSource(parameter))
  }

  /// A variable without a gradient.
  public func constant(
    _ values: [Float], rows: Int, columns: Int, on tape: Tape
  ) -> Variable {
    tape.constant(UnsafeMutablePointer(mutating: stable(values)), rows: rows, columns: columns)
  }

  /// Value of `function` and gradient of its random projection, `[parameter][entry]`.
  public func run(
    _ function: (Tape) -> Variable
  ) -> (value: [Float], gradients: [[Float]]) {
    let tape = Tape(parameters: stable(values))
    let gradients = GuardedBuffer([Float](repeating: 0, count: values.count))
    tape.parameterGradients = gradients.pointer
    let y = function(tape)
    let value = Array(y.elements)
    tape.backward(from: y) { $0.update(from: weights(y.count), count: y.count) }
    let all = gradients.isIntact ? gradients.values : gradients.values.map { _ in .nan }
    return (value, parameters.map { Array(all[$0.offset..<$0.offset + $0.count]) })
  }

  /// How far value and gradients of `function` are from those of `twin`, which gets the parameters.
  public func deviations(
    of function: (Tape) -> Variable, from twin: ([[Double]]) -> [Double]
  ) -> (value: Double, gradients: [Double]) {
    let (value, gradients) = run(function)
    let point = parameters.map { values[$0.offset..<$0.offset + $0.count].doubles }
    let w = weights(value.count).doubles
    let differences = parameters.indices.map { index -> Double in
      let entries = sampledEntries(point[index].count, limit: 60)
      let expected = numericalGradient(at: point[index], entries: entries) { changed in
        var all = point
        all[index] = changed
        return projection(twin(all), w)
      }
      return deviation(gradients[index].at(entries), expected)
    }
    return (deviation(value, twin(point)), differences)
  }

  private func weights(_ count: Int) -> [Float] { randomValues("\(name) weights", count) }
}

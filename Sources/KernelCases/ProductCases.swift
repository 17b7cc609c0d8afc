// Kernels that are limited by arithmetic: dense products and attention.

import Kernels

extension KernelCase {
  /// y = x W with both gradients: a fully connected layer, or a convolution after unfolding.
  /// - Parameter hasInputGradient: false for a layer that reads pixels.
  public static func product(
    rows: Int, inputs: Int, outputs: Int, hasInputGradient: Bool = true
  ) -> KernelCase {
    let work = KernelPass.Work.arithmetic(flops: 2 * Double(rows * inputs) * Double(outputs))
    let forward = KernelPass.forward("\(rows) × \(outputs) × \(inputs)", work) { m in
      multiply(
        m.inputs[0].matrix(rows: rows, columns: inputs),
        m.inputs[1].matrix(rows: inputs, columns: outputs),
        into: MutableMatrixView(m.result, rows: rows, columns: outputs))
    }
    let inputGradient = KernelPass.backward("\(rows) × \(inputs) × \(outputs)", work) { m in
      multiply(
        m.resultGradient.matrix(rows: rows, columns: outputs),
        m.inputs[1].matrix(rows: inputs, columns: outputs).transposed,
        into: MutableMatrixView(m.gradients[0].pointer, rows: rows, columns: inputs),
        accumulates: m.gradients[0].accumulates)
    }
    let weightGradient = KernelPass.backward("\(inputs) × \(outputs) × \(rows)", work) { m in
      addWeightGradient(
        MutableMatrixView(m.gradients[1].pointer, rows: inputs, columns: outputs),
        x: m.inputs[0].matrix(rows: rows, columns: inputs),
        yGradient: m.resultGradient.matrix(rows: rows, columns: outputs), scratch: m.scratch)
    }
    return KernelCase(
      .product,
      inputs: [
        KernelPart("x", rows * inputs, gradient: hasInputGradient ? .target : .none),
        KernelPart("weight", inputs * outputs, gradient: .sum),
      ], result: [KernelPart("y", rows * outputs)],
      scratchCount: weightGradientScratchCount(rows: rows, inputs: inputs),
      passes: hasInputGradient
        ? [forward, inputGradient, weightGradient] : [forward, weightGradient])
  }

  /// Which rows attend to which; see `AttentionShape`.
  public struct AttentionRows: Sendable {
    public let queries: [Int]
    public let keys: [Int]
    /// `[key rows]`: 1 valid, 0 padding.
    public let mask: [Float]?
    public let masksQueries: Bool

    /// Queries and keys of images, first rows and at the end the row count.
    public init(queries: [Int], keys: [Int], mask: [Float]? = nil, masksQueries: Bool = false) {
      (self.queries, self.keys) = (queries, keys)
      (self.mask, self.masksQueries) = (mask, masksQueries)
    }

    fileprivate func withShape<Result>(
      heads: Int, headSize: Int, _ body: (AttentionShape) -> Result
    ) -> Result {
      queries.withUnsafeBufferPointer { queries in
        keys.withUnsafeBufferPointer { keys in
          (mask ?? []).withUnsafeBufferPointer { values in
            body(
              AttentionShape(
                queries: queries.baseAddress!, keys: keys.baseAddress!,
                imageCount: queries.count - 1, heads: heads, headSize: headSize,
                keyMask: mask == nil ? nil : values.baseAddress, masksQueries: masksQueries))
          }
        }
      }
    }
  }

  /// softmax(Q Kᵀ / √K + M) V per image and head.
  public static func attention(_ rows: AttentionRows, heads: Int, headSize: Int) -> KernelCase {
    let columns = heads * headSize
    let (queryRows, keyRows) = (rows.queries.last ?? 0, rows.keys.last ?? 0)
    let pairs = zip(
      zip(rows.queries, rows.queries.dropFirst()), zip(rows.keys, rows.keys.dropFirst()))
    let flops = pairs.reduce(0) {
      $0 + 4 * Double(($1.0.1 - $1.0.0) * ($1.1.1 - $1.1.0) * columns)
    }
    let size = "\(queryRows) tokens, \(heads) heads"
    @Sendable func operands(_ m: KernelMemory) -> AttentionOperands {
      AttentionOperands(
        queries: m.inputs[0].matrix(rows: queryRows, columns: columns),
        keys: m.inputs[1].matrix(rows: keyRows, columns: columns),
        values: m.inputs[2].matrix(rows: keyRows, columns: columns))
    }
    let forward = KernelPass.forward(size, .arithmetic(flops: flops)) { m in
      rows.withShape(heads: heads, headSize: headSize) { shape in
        attentionForward(
          output: m.result, logSumExp: m.statistics[0], operands: operands(m), shape: shape,
          scratch: m.scratch)
      }
    }
    // Backward multiplies five times where forward multiplies twice.
    let backward = KernelPass.backward(size, .arithmetic(flops: 2.5 * flops)) { m in
      let result = AttentionResult(
        output: m.result, logSumExp: m.statistics[0], gradient: m.resultGradient.floats,
        gradientOperand: m.resultGradient.matrix(rows: queryRows, columns: columns))
      rows.withShape(heads: heads, headSize: headSize) { shape in
        attentionBackward(
          AttentionGradients(
            queries: m.gradients[0], keys: m.gradients[1], values: m.gradients[2]),
          of: result, operands: operands(m), shape: shape, scratch: m.scratch)
      }
    }
    return KernelCase(
      .attention,
      inputs: [
        KernelPart("queries", queryRows * columns, gradient: .target),
        KernelPart("keys", keyRows * columns, gradient: .target),
        KernelPart("values", keyRows * columns, gradient: .target),
      ], result: [KernelPart("output", queryRows * columns)], statistics: [heads * queryRows],
      scratchCount: rows.withShape(heads: heads, headSize: headSize) {
        max($0.forwardScratchCount, $0.backwardScratchCount)
      }, passes: [forward, backward])
  }
}

// What a forward pass costs, counted from the configuration. The planner balances by it and the
// benchmark divides by it.

/// Multiply-accumulates of a forward pass; backward costs twice as many.
public struct ModelCost: Sendable, Equatable {
  /// Patch encoder, per patch.
  public let perPatch: Double
  /// Linear layers of all encoder blocks, per token (class token included).
  public let perToken: Double
  /// Scores and weighted values of all encoder blocks, per query-key pair.
  public let perPair: Double

  public init(_ c: MUSIQConfiguration) {
    let d = Double(c.hiddenSize)
    perPatch = c.patchEncoder.cost(c)
    perToken = Double(c.layerCount) * (4 * d * d + 2 * d * Double(c.mlpSize))
    perPair = Double(c.layerCount) * 2 * d
  }

  /// Multiply-accumulates of one image with `tokens` valid patches.
  public func image(tokens: Int) -> Double {
    let rows = Double(tokens + 1)
    return Double(tokens) * perPatch + rows * perToken + rows * rows * perPair
  }

  /// Floating-point operations of forward and backward of one image.
  public func trainingFLOPs(tokens: Int) -> Double { 6 * image(tokens: tokens) }
}

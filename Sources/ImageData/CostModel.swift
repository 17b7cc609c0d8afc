// What one sample costs in the model, as a function of its token count alone.

/// cost(n) = a·n + b·n² multiply-adds of the forward pass for n tokens; backward is twice that, so
/// ratios stay the same.
public struct CostModel: Equatable, Sendable {
  /// a: patch encoder and linear layers per token.
  public var perToken: Double
  /// b: attention per pair of tokens.
  public var perPair: Double

  /// The defaults are the published model: 13.42 M multiply-adds per patch in the patch encoder,
  /// 20.64 M per token in the linear layers, 14 layers × 2 × 384 per pair.
  public init(perToken: Double = 34.06e6, perPair: Double = 10752) {
    self.perToken = perToken
    self.perPair = perPair
  }

  /// The cost of a sample of `tokens` tokens.
  public func cost(tokens: Int) -> Double {
    let n = Double(tokens)
    return perToken * n + perPair * n * n
  }
}

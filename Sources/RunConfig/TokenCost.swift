// What the plan of a batch needs to know of the model: the price of an image by its tokens.

import ImageData
import MUSIQ

extension CostModel {
  /// The cost of this model's tokens.
  public init(_ cost: ModelCost) {
    self.init(perToken: cost.perPatch + cost.perToken, perPair: cost.perPair)
  }
}

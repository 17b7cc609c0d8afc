// How good a checkpoint is: the figure by which the best one is found.

/// The key figure of the validation set at the step of a checkpoint.
public struct ValidationFigure: Codable, Equatable, Sendable {
  /// Its name, such as `top1` or `srcc`.
  public var name: String
  /// Higher is better; not a number if it has none, as correlations of constant scores.
  public var value: Double
  /// Mean loss or error of the same images; lower is better. It decides between equal values.
  public var loss: Double

  public init(name: String, value: Double, loss: Double) {
    (self.name, self.value, self.loss) = (name, value, loss)
  }

  /// Whether this figure is better than another of the same name; a value is better than none. Figures of
  /// different names cannot be compared: neither is better.
  public func isBetter(than other: ValidationFigure) -> Bool {
    guard name == other.name else { return false }
    if value.isNaN || other.value.isNaN {
      if value.isNaN && other.value.isNaN { return loss < other.loss }
      return other.value.isNaN
    }
    return value == other.value ? loss < other.loss : value > other.value
  }
}

/// A step with its figure, for finding the best.
package struct FiguredStep: Equatable {
  package let step: Int
  package let figure: ValidationFigure

  package init(step: Int, figure: ValidationFigure) { (self.step, self.figure) = (step, figure) }

  /// The `count` best of `steps`, the best first; of equal ones the earlier. Figures that have another
  /// name than that of the latest step do not count.
  package static func best(_ count: Int, of steps: [FiguredStep]) -> [Int] {
    guard let latest = steps.max(by: { $0.step < $1.step }) else { return [] }
    let comparable = steps.filter { $0.figure.name == latest.figure.name }
    let ordered = comparable.sorted {
      $0.figure.isBetter(than: $1.figure)
        || !$1.figure.isBetter(than: $0.figure) && $0.step < $1.step
    }
    return ordered.prefix(count).map(\.step)
  }
}

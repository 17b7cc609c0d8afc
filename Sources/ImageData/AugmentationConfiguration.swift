// The section `augmentation` of a run's configuration: random crops of varied size without square
// resizing, and flips.

/// How training pictures are varied.
public struct AugmentationConfiguration: Codable, Equatable, Sendable {
  /// The random crop.
  public struct Crop: Codable, Equatable, Sendable {
    /// Off: the whole picture, as in fine-tuning.
    public var enabled = true
    /// Smallest and largest share of the picture's area, each in (0, 1].
    public var area = [0.25, 1]
    /// Smallest and largest factor on the picture's aspect ratio (width / height), each positive.
    public var aspect = [0.75, 1.333]

    /// The built-in defaults.
    public init() {}
  }

  /// The random crop.
  public var crop = Crop()
  /// Probability of a left-right mirror image, 0 to 1.
  public var flipProbability = 0.5

  /// The built-in defaults.
  public init() {}

  /// No variation: whole pictures as they are, for evaluation.
  public static var none: AugmentationConfiguration {
    var configuration = AugmentationConfiguration()
    configuration.crop.enabled = false
    configuration.flipProbability = 0
    return configuration
  }

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    let area = crop.area
    if area.count != 2 || !(area[0] > 0 && area[0] <= area[1] && area[1] <= 1) {
      found.append(
        (
          "crop.area",
          "expected [smallest, largest] with 0 < smallest <= largest <= 1, found \(area)"
        ))
    }
    let aspect = crop.aspect
    if aspect.count != 2 || !(aspect[0] > 0 && aspect[0] <= aspect[1] && aspect[1] <= 100) {
      found.append(
        (
          "crop.aspect",
          "expected [smallest, largest] with 0 < smallest <= largest <= 100, found \(aspect)"
        ))
    }
    if !(0...1).contains(flipProbability) {
      found.append(
        ("flipProbability", "expected a probability from 0 to 1, found \(flipProbability)"))
    }
    return found
  }
}

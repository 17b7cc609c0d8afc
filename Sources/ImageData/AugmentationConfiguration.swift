// The section `augmentation` of a run's configuration: random crops of varied size without square
// resizing, and flips.

import Configuration

/// How training images are varied.
public struct AugmentationConfiguration: ConfigurationSection {
  /// The random crop.
  public struct Crop: ConfigurationSection {
    /// Off: the whole image, as in fine-tuning.
    public var enabled = true
    /// Smallest and largest share of the image's area, each in (0, 1].
    public var area = [0.25, 1]
    /// Smallest and largest factor on the image's aspect ratio (width / height), each positive.
    public var aspect = [0.75, 1.333]

    public static let keys: [ConfigurationKey<Self>] = [
      .flag("enabled", \.enabled, "whether training images are cropped"),
      .list(
        "area", \.area, "[smallest, largest] with 0 < smallest <= largest <= 1",
        "share of the area of the image"
      ) { $0.count == 2 && $0[0] > 0 && $0[0] <= $0[1] && $0[1] <= 1 },
      .list(
        "aspect", \.aspect, "[smallest, largest] with 0 < smallest <= largest <= 100",
        "factor on its aspect ratio (width / height)"
      ) { $0.count == 2 && $0[0] > 0 && $0[0] <= $0[1] && $0[1] <= 100 },
    ]

    /// The built-in defaults.
    public init() {}
  }

  /// The random crop.
  public var crop = Crop()
  /// Probability of a left-right mirror image, 0 to 1.
  public var flipProbability = 0.5

  public static let keys: [ConfigurationKey<Self>] = [
    .section("crop", \.crop, "random crops of varied size, never resized to a square"),
    .number(
      "flipProbability", \.flipProbability, .probability, "share of images mirrored left-right"),
  ]

  /// The built-in defaults.
  public init() {}

  /// No variation: whole images as they are, for evaluation.
  public static var none: AugmentationConfiguration {
    var configuration = AugmentationConfiguration()
    configuration.crop.enabled = false
    configuration.flipProbability = 0
    return configuration
  }
}

import Configuration

/// A small configuration with a key of every kind.
struct SampleConfiguration: ConfigurationSection {
  var model = ModelSection()
  var optimizer = OptimizerSection()
  var parallel = ParallelSection()
  var run = RunSection()

  static let keys: [ConfigurationKey<Self>] = [
    .section("model", \.model, "the network"),
    .section("optimizer", \.optimizer, "the update"),
    .section("parallel", \.parallel, "the division of work"),
    .section("run", \.run, "seed and reporting"),
  ]

  /// The lowest layer.
  static func layers(
    over defaults: Self = Self()
  ) throws -> LayeredConfiguration<SampleConfiguration> {
    try LayeredConfiguration(
      defaults: defaults,
      vocabulary: ConfigurationVocabulary(
        environmentVariable: "SAMPLE_SET", exampleOverride: "optimizer.learningRate=0.001",
        shortForms: ["lr": "learningRate", "layers": "layerCount"]))
  }
}

struct ModelSection: ConfigurationSection {
  struct Scales: ConfigurationSection {
    var longerSideLengths = [224, 384]
    var channels = 3

    static let keys: [ConfigurationKey<Self>] = [
      .list(
        "longerSideLengths", \.longerSideLengths, unit: "pixels", "ascending lengths",
        "longer sides of the resized variants"
      ) { zip($0, $0.dropFirst()).allSatisfy { $0 < $1 } },
      .integer("channels", \.channels, oneOf: [1, 3], "1 (luma) or 3 (RGB)", "channels"),
    ]
  }

  var hiddenSize = 384
  var layerCount = 14
  var hasStem = true
  var stemChannels = 64
  var scales = Scales()

  static let keys: [ConfigurationKey<Self>] = [
    .integer("hiddenSize", \.hiddenSize, 1...65536, "width of tokens"),
    .integer("layerCount", \.layerCount, 1...1024, unit: "blocks", "encoder blocks"),
    .flag("hasStem", \.hasStem, "whether there is a root convolution"),
    .integer(
      "stemChannels", \.stemChannels, 1...256, when: { $0.hasStem }, "of the root convolution"),
    .section("scales", \.scales, "sizes of images"),
  ]

  func checkTogether(_ check: inout Check) {
    check.require(
      hiddenSize.isMultiple(of: layerCount / 7), "hiddenSize",
      "expected a multiple of \(layerCount / 7), found \(hiddenSize)")
  }
}

struct OptimizerSection: ConfigurationSection {
  enum Kind: String, Codable, CaseIterable, Sendable { case adamw, sgd }

  var kind = Kind.adamw
  var learningRate = 0.001
  var beta1 = 0.9
  var epsilon = 1e-8
  var share = 0.5

  static let keys: [ConfigurationKey<Self>] = [
    .choice("kind", \.kind, "update rule"),
    .number("learningRate", \.learningRate, .positive(upTo: 1000), "peak"),
    .number("beta1", \.beta1, .fraction, "decay of the first moment"),
    .number("epsilon", \.epsilon, .from(1e-30, to: 1), "added to the root"),
    .number("share", \.share, .share, "a part"),
  ]
}

struct ParallelSection: ConfigurationSection {
  var globalBatchSize = 4096

  static let keys: [ConfigurationKey<Self>] = [
    .integer("globalBatchSize", \.globalBatchSize, 1...16_777_216, unit: "images", "per update")
  ]
}

struct RunSection: ConfigurationSection {
  var seed: UInt64 = 0
  var name = ""
  var column = "split"
  var minutes = 10.0

  static let keys: [ConfigurationKey<Self>] = [
    .seed("seed", \.seed, "key of all random streams"),
    .text("name", \.name, "for people"),
    .word("column", \.column, "where to look"),
    .number("minutes", \.minutes, .from(0, to: 1e6), unit: "minutes", "between reports"),
  ]
}

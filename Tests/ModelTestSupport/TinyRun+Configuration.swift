// The smallest real runs as configurations.

import RunConfig

extension TinyRun {
  /// Training on what `writeData` has written.
  public static func configuration(
    data: String, _ overrides: [String] = []
  ) throws -> RunConfiguration {
    let base = try RunConfiguration.read(yaml: yaml(data: data), named: "tiny run")
    return try RunConfiguration.resolve(defaults: base, overrides: overrides).configuration
  }

  /// Fine-tuning on what `writeQualityData` has written.
  /// - Parameter defaults: those of the initial model.
  public static func qualityConfiguration(
    data: String, _ overrides: [String] = [], over defaults: RunConfiguration
  ) throws -> RunConfiguration {
    var layers = try RunConfiguration.layers(over: defaults)
    try layers.apply(yaml: qualityYAML(manifest: "\(data)/many.csv"), named: "tiny run")
    for override in overrides { try layers.apply(override: override) }
    return try layers.value()
  }
}

import Configuration
import Foundation
import Testing

/// A file that is removed with its owner.
final class TemporaryFile {
  let path: String
  init(_ text: String) throws {
    path = NSTemporaryDirectory() + "config-\(UUID().uuidString).yaml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

private struct Toy: Codable, Equatable {
  enum Color: String, Codable, CaseIterable { case red, green }
  struct Inner: Codable, Equatable {
    var rate = 0.001
    var count = 3
    var sizes = [224, 384]
  }
  var name = "a name: with # signs"
  var color = Color.red
  var flag = true
  var seed: UInt64 = .max
  var small: Float = 0.1
  var inner = Inner()
}

@Suite struct LayeredConfigurationTests {
  private func layers() throws -> LayeredConfiguration<Toy> {
    try LayeredConfiguration(
      defaults: Toy(),
      vocabulary: ConfigurationVocabulary(
        environmentVariable: "TOY_SET", exampleOverride: "inner.count=1"))
  }

  @Test("defaults alone give the defaults")
  func defaults() throws {
    #expect(try layers().value() == Toy())
  }

  @Test("a file may begin with a byte order mark and end its lines as Windows does")
  func byteOrderMark() throws {
    let file = try TemporaryFile("\u{FEFF}inner:\r\n  count: 5\r\ncolor: green\r\n")
    var layers = try layers()
    try layers.apply(file: file.path)
    #expect(try layers.value().inner.count == 5)
    #expect(try layers.value().color == .green)
    #expect(layers.origin(of: "color") == .file(file.path, line: 3, column: 8))
  }

  @Test("later layers win key by key, lists are replaced whole")
  func layering() throws {
    let first = try TemporaryFile("inner:\n  rate: 1e-2\n  count: 5\ncolor: green\n")
    let second = try TemporaryFile("inner: {count: 6}\n")
    var layers = try layers()
    try layers.apply(file: first.path)
    try layers.apply(file: second.path)
    try layers.apply(environment: ["TOY_SET": "inner.sizes=[128]; flag = no"])
    try layers.apply(override: "inner.count=1_000")
    let value = try layers.value()
    #expect(value.inner == Toy.Inner(rate: 0.01, count: 1000, sizes: [128]))
    #expect(value.color == .green)
    #expect(!value.flag)
    #expect(layers.origin(of: "inner.count") == .override("inner.count=1_000"))
    #expect(layers.origin(of: "inner.rate") == .file(first.path, line: 2, column: 9))
    #expect(layers.origin(of: "inner.sizes") == .environment("TOY_SET"))
    #expect(layers.origin(of: "seed") == .builtIn)
  }

  @Test("empty files, empty sections and comments change nothing")
  func emptyLayers() throws {
    for text in ["", "# nothing\n", "---\n", "inner:\n", "{}"] {
      var layers = try layers()
      try layers.apply(yaml: text, named: "x.yaml")
      #expect(try layers.value() == Toy())
    }
  }

  @Test(
    "text survives the round trip through YAML whatever it looks like",
    arguments: [
      "", "plain", "/data/train", "with space", "true", "No", "null", "~", "1e-3", "0x10", "12:30",
      "a: b", "# c", "- d", "[e]", "{f}", "'g'", "\"h\"", "back\\slash", "line\nbreak", "tab\t",
      "&anchor", "*alias", "!tag", "%", "@", "`", "ü 猫", "\u{1}", "\u{2028}", " lead", "trail ",
    ])
  func textRoundTrip(text: String) throws {
    var value = Toy()
    value.name = text
    let yaml = try LayeredConfiguration.yaml(of: value)
    var layers = try layers()
    try layers.apply(yaml: yaml, named: "x.yaml")
    #expect(try layers.value() == value)
  }

  @Test("an override of a text key is taken as it stands")
  func verbatimText() throws {
    var layers = try layers()
    try layers.apply(override: "name=/data/set: 1 #2")
    #expect(try layers.value().name == "/data/set: 1 #2")
    try layers.apply(override: "name=2024")
    #expect(try layers.value().name == "2024")
    try layers.apply(override: "name=a=b")
    #expect(try layers.value().name == "a=b")
    try layers.apply(override: "name=")
    #expect(try layers.value().name == "")
  }

  @Test("numbers keep every bit through YAML")
  func numberRoundTrip() throws {
    for rate in [
      0.1, 1e-8, 1.0, Double.leastNonzeroMagnitude, 1.7976931348623157e308, 0.30000000000000004,
      -0.0,
      1e22,
    ] {
      var value = Toy()
      value.inner.rate = rate
      value.small = 0.1
      var layers = try layers()
      try layers.apply(yaml: LayeredConfiguration.yaml(of: value), named: "x.yaml")
      #expect(try layers.value() == value)
    }
  }
}

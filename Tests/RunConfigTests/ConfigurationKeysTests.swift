import Configuration
import Foundation
import RunConfig
import Testing

/// Sections whose tables say something else than their properties.
private struct Untrue: ConfigurationSection {
  struct Inner: ConfigurationSection {
    var first = 1
    var second = 1
    var forgotten = 1

    static let keys: [ConfigurationKey<Self>] = [
      .integer("first", \.second, 0...9, "names another property"),
      .integer("second", \.second, 0...9, "right"),
      .integer("third", \.second, 0...9, "no such property"),
    ]
  }

  var inner = Inner()

  static let keys: [ConfigurationKey<Self>] = [.section("inner", \.inner, "wrong")]
}

/// What the table of a configuration and its encoded form say differently, by path.
private func differences<Configuration: ConfigurationSection>(
  _ defaults: Configuration
) throws -> [String] {
  let vocabulary = ConfigurationVocabulary(environmentVariable: "", exampleOverride: "")
  let layers = try LayeredConfiguration(defaults: defaults, vocabulary: vocabulary)
  let encoded = layers.tree.leaves.map(\.path)
  let table = try ConfigurationTable(defaults: defaults).rows
  var found = Set(encoded).symmetricDifference(table.map(\.path))
  for row in table where encoded.contains(row.path) {
    // Another value of the key must change its row and no other.
    var changed = layers
    try changed.apply(override: "\(row.path)=\(anotherValue(row))")
    let after = try ConfigurationTable(defaults: changed.value()).rows
    let paths = zip(table, after).filter { $0 != $1 }.map(\.0.path)
    if paths != [row.path] { found.insert(row.path) }
  }
  return found.sorted()
}

/// A value that the key does not have, of its type; not always one in its range.
private func anotherValue(_ row: ConfigurationTable.Row) -> String {
  let choices = if case .choices(let names) = row.range { names } else { [String]() }
  return switch row.type {
  case "integer", "number": "7"
  case "flag", "choice": choices.first { $0 != row.defaultText } ?? ""
  case "text": "another"
  case "list of texts": "[another]"
  default: "[7, 8]"
  }
}

@Suite struct ConfigurationKeysTests {
  @Test(
    "every property of a run's configuration is in the table, and every line is such a property")
  func complete() throws {
    #expect(try differences(RunConfiguration()) == [])
    #expect(try differences(RunConfiguration.fineTuning()) == [])
  }

  @Test("a forgotten key, a key of no property and a key of another property are found")
  func untrue() throws {
    #expect(
      try differences(Untrue()) == [
        "inner.first", "inner.forgotten", "inner.second", "inner.third",
      ])
  }

  @Test("every number has a range that holds at both ends and fires beyond them")
  func bounds() throws {
    var checked = 0
    for row in try RunConfiguration.table().rows {
      guard let (inside, outside) = ends(of: row.range) else {
        #expect(row.type != "number" && (row.type != "integer" || row.range != .any))
        continue
      }
      let expected = "expected \(row.range.words(with: row.unit)), found "
      let start = row.unit.isEmpty ? expected : String(expected.prefix { $0 != "," })
      for value in outside {
        let messages = try messages(row.path, value)
        #expect(messages.count == 1 && messages[0].hasPrefix(start), "\(row.path)=\(value)")
      }
      for value in inside {
        // It may contradict other keys.
        #expect(
          try !messages(row.path, value).contains { $0.hasPrefix(start) }, "\(row.path)=\(value)")
      }
      checked += 1
    }
    #expect(checked > 40)
  }

  /// Values at the ends of a range and the next ones beyond; nil if it has no ends.
  private func ends(of range: ConfigurationRange) -> (inside: [String], outside: [String])? {
    switch range {
    case .integers(let range):
      return (
        ["\(range.lowerBound)", "\(range.upperBound)"],
        ["\(range.lowerBound - 1)", "\(range.upperBound + 1)", "\(Int.min)", "\(Int.max)"]
      )
    case .numbers(let range):
      // What rounds to an excluded end as a Float is excluded, too.
      let (lower, upper) = (range.lower, range.upper)
      return (
        [
          "\(range.includesLower ? lower : Double(Float(lower).nextUp))",
          "\(range.includesUpper ? upper : Double(Float(upper).nextDown))",
        ],
        [
          "\(range.includesLower ? lower.nextDown : lower.nextUp)",
          "\(range.includesUpper ? upper.nextUp : upper.nextDown)", "-1e300", "1e300",
        ]
      )
    default: return nil
    }
  }

  /// What is said of one key with this value.
  private func messages(_ path: String, _ value: String) throws -> [String] {
    do {
      _ = try RunConfiguration.resolve(overrides: ["\(path)=\(value)"])
      return []
    } catch {
      guard case .invalid(let problems) = error else { throw error }
      return problems.filter { $0.path == path }.map(\.message)
    }
  }

  @Test(
    "lists and words that cannot be used are refused in the words of the table",
    arguments: [
      "model.multiscale.longerSideLengths=[0, 224]", "model.multiscale.longerSideLengths=[8193]",
      "model.multiscale.longerSideLengths=[384, 224]", "model.multiscale.channels=2",
      "model.multiscale.longerSideLengths=[\((1...33).map(String.init).joined(separator: ","))]",
      "model.score.names=[a, a]", "model.score.range=[5, 1]", "model.score.quantiles=[2, 1]",
      "data.targets=[mos, MOS]", "data.scoreRange=[1]", "data.split.column=",
      "data.split.train=", "data.split.validation= ", "data.split.ratio=[1]",
      "augmentation.crop.area=[0, 1]", "augmentation.crop.aspect=[1, 101]",
    ])
  func words(override: String) throws {
    let parts = override.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    let row = try #require(RunConfiguration.table().rows.first { $0.path == parts[0] })
    let messages = try messages(row.path, parts[1])
    #expect(messages.count == 1)
    #expect(messages.first?.hasPrefix("expected \(row.range.words()), found ") ?? false)
  }

  @Test("every key says in a phrase what it is for")
  func purposes() throws {
    for row in try RunConfiguration.table().rows {
      #expect(!row.purpose.isEmpty && !row.purpose.hasSuffix("."), "\(row.path)")
      #expect(!"\(row.purpose)\(row.range.words())".contains("|"), "\(row.path)")
    }
  }

  @Test("docs/configuration.md has the table; make docs-configuration writes it")
  func document() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appendingPathComponent("docs/configuration.md"), encoding: .utf8)
    let parts = text.split(separator: "<!-- keys -->\n", omittingEmptySubsequences: false)
    #expect(parts.count == 2)
    #expect(try String(parts.last ?? "") == "\n" + RunConfiguration.table().markdown + "\n")
  }
}

// Tree → Swift values, through `Decodable`. The Swift type decides what a scalar may be, so every
// ill-typed value is reported with its path, its origin, what is expected and what was found.

struct ConfigurationDecoder: Decoder {
  let node: ConfigurationNode
  let path: [String]
  var codingPath: [any CodingKey] { path.map { PathComponent(stringValue: $0) } }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The value of a merged tree.
  static func value<T: Decodable>(
    _ type: T.Type, of tree: ConfigurationNode
  ) throws(ConfigurationError) -> T {
    do {
      return try ConfigurationDecoder(node: tree, path: []).decode(type)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw .illTyped(
        path: "", source: tree.origin, expected: "\(T.self)", found: "\(error)", suggestion: nil)
    }
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .section(let entries, _) = node else { throw illTyped("a section of keys") }
    return KeyedDecodingContainer(SectionDecoder<Key>(decoder: self, entries: entries))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let items, _) = node else { throw illTyped("a list such as [1, 2]") }
    return ListDecoder(decoder: self, items: items)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { ScalarDecoder(decoder: self) }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if let value = try scalar(type) { return value }
    if let type = type as? any CaseIterable.Type { try checkChoice(type) }
    return try T(from: self)
  }

  func illTyped(
    _ expected: String, found: String? = nil, suggestion: String? = nil
  ) -> ConfigurationError {
    .illTyped(
      path: path.joined(separator: "."), source: node.origin, expected: expected,
      found: found ?? node.kind, suggestion: suggestion)
  }

  /// The value if `type` is one of the scalar types, nil for all others.
  private func scalar<T>(_ type: T.Type) throws -> T? {
    switch type {
    case is String.Type: try text() as? T
    case is Bool.Type: try flag() as? T
    case is Double.Type: try number() as? T
    case is Float.Type: Float(try number()) as? T
    case let type as any FixedWidthInteger.Type: try integer(type) as? T
    default: nil
    }
  }

  private func text() throws -> String {
    if node.isNull { return "" }
    guard case .scalar(let scalar, _) = node else { throw illTyped("text") }
    return scalar.text
  }

  private func flag() throws -> Bool {
    if case .scalar(let scalar, _) = node, !scalar.isQuoted {
      switch scalar.text.lowercased() {
      case "true", "yes", "on": return true
      case "false", "no", "off": return false
      default: break
      }
    }
    throw illTyped("true or false")
  }

  private func number() throws -> Double {
    guard case .scalar(let scalar, _) = node, !scalar.isQuoted,
      let value = Double(Self.digits(scalar.text)), value.isFinite
    else { throw illTyped("a number") }
    return value
  }

  private func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
    guard case .scalar(let scalar, _) = node, !scalar.isQuoted else {
      throw illTyped("a whole number")
    }
    let digits = Self.digits(scalar.text)
    if let value = I(digits) { return value }
    // 1e6 is a whole number too.
    guard let value = Double(digits), value.rounded() == value else {
      throw illTyped("a whole number")
    }
    guard let exact = I(exactly: value) else {
      throw illTyped("a whole number from \(I.min) to \(I.max)")
    }
    return exact
  }

  /// 1_281_167 is YAML's way of grouping digits.
  private static func digits(_ text: String) -> String {
    text.utf8.contains(0x5F) ? text.filter { $0 != "_" } : text
  }

  private func checkChoice<C: CaseIterable>(_ type: C.Type) throws {
    let names = C.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    guard !names.isEmpty else { return }
    let expected = "one of \(names.joined(separator: ", "))"
    guard case .scalar(let scalar, _) = node else { throw illTyped(expected) }
    guard names.contains(scalar.text) else {
      throw illTyped(
        expected, found: "'\(scalar.text)'",
        suggestion: ConfigurationSuggestion.choice(near: scalar.text, among: names))
    }
  }
}

private struct PathComponent: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

private struct SectionDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ConfigurationDecoder
  let entries: [ConfigurationNode.Entry]
  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.key) } }

  func contains(_ key: Key) -> Bool { entries.contains { $0.key == key.stringValue } }

  private func child(_ key: Key) throws -> ConfigurationDecoder {
    guard let entry = entries.first(where: { $0.key == key.stringValue }) else {
      throw decoder.illTyped("a section with the key '\(key.stringValue)'")
    }
    return ConfigurationDecoder(node: entry.value, path: decoder.path + [key.stringValue])
  }

  func decodeNil(forKey key: Key) throws -> Bool { try child(key).node.isNull }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try child(key).decode(type)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { try child(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}

private struct ListDecoder: UnkeyedDecodingContainer {
  let decoder: ConfigurationDecoder
  let items: [ConfigurationNode]
  var currentIndex = 0
  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  init(decoder: ConfigurationDecoder, items: [ConfigurationNode]) {
    self.decoder = decoder
    self.items = items
  }

  private mutating func next() throws -> ConfigurationDecoder {
    guard !isAtEnd else { throw decoder.illTyped("a list of more than \(items.count)") }
    defer { currentIndex += 1 }
    var path = decoder.path
    if let last = path.popLast() { path.append("\(last)[\(currentIndex)]") }
    return ConfigurationDecoder(node: items[currentIndex], path: path)
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, items[currentIndex].isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct ScalarDecoder: SingleValueDecodingContainer {
  let decoder: ConfigurationDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }
  func decodeNil() -> Bool { decoder.node.isNull }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decode(type) }
}

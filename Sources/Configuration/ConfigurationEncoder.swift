// Swift values → tree, through `Encodable`. Gives the defaults, and with them the list of valid keys.

enum ConfigurationEncoder {
  /// The tree of a value.
  static func tree(of value: some Encodable) throws -> ConfigurationNode {
    let slot = Slot()
    try value.encode(to: SlotEncoder(slot: slot, codingPath: []))
    return slot.node
  }
}

/// A place in the tree under construction; containers write through it.
private final class Slot {
  enum Content {
    case scalar(ConfigurationNode.Scalar)
    case list([Slot])
    case section([(key: String, slot: Slot)])
  }

  var content = Content.section([])

  var node: ConfigurationNode {
    switch content {
    case .scalar(let scalar): .scalar(scalar, .builtIn)
    case .list(let slots): .list(slots.map(\.node), .builtIn)
    case .section(let entries):
      .section(entries.map { .init(key: $0.key, value: $0.slot.node, source: .builtIn) }, .builtIn)
    }
  }

  func add(_ key: String) -> Slot {
    let slot = Slot()
    if case .section(var entries) = content {
      // The only reference while it grows: a copy per key or item would be quadratic.
      content = .section([])
      entries.append((key, slot))
      content = .section(entries)
    } else {
      content = .section([(key, slot)])
    }
    return slot
  }

  func append() -> Slot {
    let slot = Slot()
    if case .list(var slots) = content {
      content = .list([])
      slots.append(slot)
      content = .list(slots)
    } else {
      content = .list([slot])
    }
    return slot
  }

  func set(_ text: String, isQuoted: Bool = false) {
    content = .scalar(.init(text: text, isQuoted: isQuoted))
  }

  func encode<T: Encodable>(_ value: T, codingPath: [any CodingKey]) throws {
    switch value {
    case let text as String: set(text, isQuoted: true)
    case let flag as Bool: set(flag ? "true" : "false")
    case let number as any BinaryInteger: set("\(number)")
    // The shortest digits that read back as the same number.
    case let number as Double: set(number.description)
    case let number as Float: set(number.description)
    default: try value.encode(to: SlotEncoder(slot: self, codingPath: codingPath))
    }
  }
}

private struct SlotEncoder: Encoder {
  let slot: Slot
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(SectionEncoder<Key>(slot: slot, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.content = .list([])
    return ListEncoder(slot: slot, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    ScalarEncoder(slot: slot, codingPath: codingPath)
  }
}

private struct SectionEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: Slot
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) { slot.add(key.stringValue).set("null") }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try slot.add(key.stringValue).encode(value, codingPath: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    SlotEncoder(slot: slot.add(key.stringValue), codingPath: codingPath + [key])
      .container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    SlotEncoder(slot: slot.add(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    SlotEncoder(slot: slot.add("super"), codingPath: codingPath)
  }

  func superEncoder(forKey key: Key) -> any Encoder {
    SlotEncoder(slot: slot.add(key.stringValue), codingPath: codingPath + [key])
  }
}

private struct ListEncoder: UnkeyedEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]
  var count: Int { if case .list(let slots) = slot.content { slots.count } else { 0 } }

  func encodeNil() { slot.append().set("null") }

  func encode<T: Encodable>(_ value: T) throws {
    try slot.append().encode(value, codingPath: codingPath)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) -> KeyedEncodingContainer<Nested> {
    SlotEncoder(slot: slot.append(), codingPath: codingPath).container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    SlotEncoder(slot: slot.append(), codingPath: codingPath).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { SlotEncoder(slot: slot.append(), codingPath: codingPath) }
}

private struct ScalarEncoder: SingleValueEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]

  func encodeNil() { slot.set("null") }

  func encode<T: Encodable>(_ value: T) throws {
    try slot.encode(value, codingPath: codingPath)
  }
}

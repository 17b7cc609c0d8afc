// Bytes of an index file → index, in one pass without intermediate strings: 1.3 million samples in
// about a second. Damage is found by counts, grammar and the hash in the last line.

import Labels
import Tensors

struct IndexParser {
  private let bytes: UnsafeRawBufferPointer
  private let file: String
  private var position = 0
  private var line = 0

  /// - Parameter file: the name for messages.
  static func index(
    of bytes: UnsafeRawBufferPointer, file: String
  ) throws(DataError) -> SampleIndex {
    var parser = IndexParser(bytes: bytes, file: file)
    return try parser.parse()
  }

  private init(bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  private mutating func parse() throws(DataError) -> SampleIndex {
    let first = try nextLine()
    guard text(of: first) == IndexText.magic else {
      let found = text(of: first.prefix(40))
      throw problem(
        found.hasPrefix(IndexText.noun)
          ? "expected '\(IndexText.magic)', found '\(found)': an index of another version"
          : "expected '\(IndexText.magic)'; this is no index")
    }
    let root = try name(in: try value(of: "root"))
    let start = position
    guard let kind = LabelKind(setWord: text(of: try value(of: "kind"))) else {
      throw problem("expected classification, quality, distribution or attributes")
    }
    var classNames: [String] = []
    for _ in 0..<(try count(of: "classes")) { classNames.append(try name(in: try nextLine())) }
    let sampleCount = try count(of: "samples")
    var samples: [Sample] = []
    samples.reserveCapacity(sampleCount)
    for _ in 0..<sampleCount {
      var rest = try nextLine()
      let path = try name(in: try field(of: &rest))
      let target = try target(in: try field(of: &rest), kind: kind, classes: classNames.count)
      let height = try side(in: try field(of: &rest))
      let width = try side(in: try field(of: &rest))
      samples.append(
        Sample(
          path: path, target: target, height: height, width: width,
          byteCount: try number(in: rest, digits: 18)))
    }
    var excluded: [SampleIndex.Excluded] = []
    for _ in 0..<(try count(of: "excluded")) {
      var rest = try nextLine()
      let path = try name(in: try field(of: &rest))
      excluded.append(.init(path: path, reason: try name(in: rest)))
    }
    var hash = ByteHash()
    hash.combine(bytes[start..<position])
    guard text(of: try value(of: "end")) == hash.text else {
      throw problem("the index is damaged: expected hash \(hash.text)")
    }
    return SampleIndex(
      root: root, kind: kind, classNames: classNames, samples: samples, excluded: excluded)
  }

  private func problem(_ text: String) -> DataError {
    .index(path: file, line: line, problem: text)
  }

  /// The range of the next line without its end.
  private mutating func nextLine() throws(DataError) -> Range<Int> {
    line += 1
    guard position < bytes.count, let end = find(0x0A, in: position..<bytes.count) else {
      throw problem("the index ends too early")
    }
    defer { position = end + 1 }
    return position..<end
  }

  private func find(_ byte: UInt8, in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] == byte { return index }
      index += 1
    }
    return nil
  }

  private mutating func value(of key: String) throws(DataError) -> Range<Int> {
    var rest = try nextLine()
    guard text(of: try field(of: &rest)) == key else { throw problem("expected '\(key)'") }
    return rest
  }

  private mutating func count(of key: String) throws(DataError) -> Int {
    let count = try number(in: try value(of: key))
    // Each entry takes two bytes at least, so a lying count cannot reserve more than the file
    // holds.
    guard count <= bytes.count / 2 else { throw problem("\(count) entries do not fit in the file") }
    return count
  }

  /// Cuts the field before the next tab off `rest`.
  private func field(of rest: inout Range<Int>) throws(DataError) -> Range<Int> {
    guard let tab = find(0x09, in: rest) else { throw problem("expected another tab") }
    defer { rest = tab + 1..<rest.upperBound }
    return rest.lowerBound..<tab
  }

  private func text(of range: Range<Int>) -> String {
    String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }

  private func name(in range: Range<Int>) throws(DataError) -> String {
    guard find(0x5C, in: range) != nil else { return text(of: range) }
    var name: [UInt8] = []
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] == 0x5C {
        index += 1
        switch index < range.upperBound ? bytes[index] : 0 {
        case 0x5C: name.append(0x5C)
        case UInt8(ascii: "t"): name.append(0x09)
        case UInt8(ascii: "n"): name.append(0x0A)
        case UInt8(ascii: "r"): name.append(0x0D)
        default: throw problem("unknown escape in a name")
        }
      } else {
        name.append(bytes[index])
      }
      index += 1
    }
    return String(decoding: name, as: UTF8.self)
  }

  private func number(in range: Range<Int>, digits: Int = 10) throws(DataError) -> Int {
    guard !range.isEmpty, range.count <= digits else { throw problem("expected a number") }
    var value = 0
    for index in range {
      let digit = Int(bytes[index]) - 0x30
      guard (0...9).contains(digit) else { throw problem("expected a number") }
      value = value * 10 + digit
    }
    return value
  }

  private func side(in range: Range<Int>) throws(DataError) -> Int {
    let side = try number(in: range)
    guard (1...Int(Int32.max)).contains(side) else { throw problem("expected a size in pixels") }
    return side
  }

  private func target(
    in range: Range<Int>, kind: LabelKind, classes: Int
  ) throws(DataError) -> Label {
    switch kind {
    case .classes:
      let label = try number(in: range)
      guard label < classes else { throw problem("class \(label) of \(classes)") }
      return .classIndex(Int32(label))
    case .score:
      guard let score = Float(text(of: range)), score.isFinite else {
        throw problem("expected a score, found '\(text(of: range))'")
      }
      return .score(score)
    case .ratings:
      let shares = text(of: range).split(separator: ",").map { Float($0) ?? .nan }
      guard shares.count > 1, shares.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw problem("expected shares, found '\(text(of: range))'")
      }
      return .ratings(shares)
    case .attributes:
      let scores = text(of: range).split(separator: ",").map { Float($0) ?? .nan }
      guard scores.count == classes, classes > 0, scores.allSatisfy({ $0.isFinite }) else {
        throw problem("expected \(classes) scores, found '\(text(of: range))'")
      }
      return .attributes(scores)
    }
  }
}

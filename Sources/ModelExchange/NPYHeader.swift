// The header of a .npy array: a Python dictionary in text, read by a strict grammar, never evaluated.
//   '\x93NUMPY' major minor length { 'descr': '<f4', 'fortran_order': False, 'shape': (384, 10), } spaces ⏎

/// Type and shape of a stored array.
struct NPYHeader: Equatable, Sendable {
  let type: NPYType
  let shape: [Int]

  var elementCount: Int { shape.reduce(1, *) }

  /// Why a header is refused.
  struct Problem: Error, Equatable { let text: String }

  /// Longest header text; NumPy's own are 118 bytes.
  static let textLimit = 64 << 10
  /// Most elements of an array, 4 GiB as float32: far more than any parameter, far from overflow.
  static let elementLimit = 1 << 30
  static let dimensionLimit = 32
  /// Bytes before the length field.
  static let prefixCount = 8

  /// Bytes of the length field that follows these first eight bytes.
  static func lengthFieldCount(prefix: [UInt8]) throws(Problem) -> Int {
    guard prefix.count == prefixCount, prefix.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw Problem(text: "is no NumPy array")
    }
    switch (prefix[6], prefix[7]) {
    case (1, 0): return 2
    case (2, 0), (3, 0): return 4
    default: throw Problem(text: "has the unknown format version \(prefix[6]).\(prefix[7])")
    }
  }

  /// The length of the text, from its little-endian field.
  static func textLength(field: [UInt8]) throws(Problem) -> Int {
    let length = field.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= textLimit else {
      throw Problem(text: "declares a header of \(length) bytes, the limit is \(textLimit)")
    }
    return length
  }

  init(type: NPYType, shape: [Int]) {
    (self.type, self.shape) = (type, shape)
  }

  /// Parses the text of a header.
  init(text: [UInt8]) throws(Problem) {
    var parser = Parser(bytes: text[...])
    (type, shape) = try parser.header()
  }

  /// The bytes before the elements, padded to a multiple of 64 as NumPy does.
  var bytes: [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(type.rawValue)', 'fortran_order': False, 'shape': (\(sizes)), }"
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    let length = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)]
      + Array(text.utf8)
  }
}

/// Reads the dictionary; whatever is not in the grammar is an error.
private struct Parser {
  typealias Problem = NPYHeader.Problem
  var bytes: ArraySlice<UInt8>

  mutating func header() throws(Problem) -> (NPYType, [Int]) {
    var type: NPYType?
    var isFortran: Bool?
    var shape: [Int]?
    try expect("{")
    while !accept("}") {
      let key = try string()
      try expect(":")
      switch key {
      case "descr" where type == nil: type = try self.type()
      case "fortran_order" where isFortran == nil: isFortran = try boolean()
      case "shape" where shape == nil: shape = try tuple()
      default: throw Problem(text: "has the unknown or repeated header key '\(key)'")
      }
      if !accept(",") {
        try expect("}")
        break
      }
    }
    skipSpaces()
    guard bytes.elementsEqual([0x0A]) else { throw malformed }
    guard let type, let isFortran, let shape else {
      throw Problem(text: "has an incomplete header")
    }
    guard !isFortran || shape.count < 2 else {
      throw Problem(
        text: "is stored in Fortran order; save it with numpy.ascontiguousarray")
    }
    return (type, shape)
  }

  private mutating func type() throws(Problem) -> NPYType {
    skipSpaces()
    if bytes.first == UInt8(ascii: "[") { throw Problem(text: "is a structured array") }
    let name = try string()
    if let type = NPYType(rawValue: name) { return type }
    if name == "<V2" { return .bfloat16 }
    if name.contains("O") {
      throw Problem(text: "is an object array ('\(name)'): pickled Python is never read")
    }
    let known = NPYType.allCases.map(\.rawValue).joined(separator: " ")
    throw Problem(text: "has the type '\(name)', expected one of \(known)")
  }

  private mutating func tuple() throws(Problem) -> [Int] {
    var sizes: [Int] = []
    var count = 1
    var endsWithComma = true
    try expect("(")
    while !accept(")") {
      guard endsWithComma, sizes.count < NPYHeader.dimensionLimit else { throw malformed }
      let size = try number()
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product <= NPYHeader.elementLimit else {
        throw Problem(text: "declares more than \(NPYHeader.elementLimit) elements")
      }
      count = product
      sizes.append(size)
      endsWithComma = accept(",")
    }
    guard sizes.count != 1 || endsWithComma else { throw malformed }  // (3) is no tuple
    return sizes
  }

  private mutating func number() throws(Problem) -> Int {
    skipSpaces()
    let digits = bytes.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty, digits.count <= 10 else {
      throw Problem(text: "has a malformed or absurd shape")
    }
    bytes = bytes.dropFirst(digits.count)
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private mutating func boolean() throws(Problem) -> Bool {
    skipSpaces()
    for (word, value) in [("True", true), ("False", false)] where bytes.starts(with: word.utf8) {
      bytes = bytes.dropFirst(word.utf8.count)
      return value
    }
    throw malformed
  }

  /// Printable ASCII without escapes, in either kind of quotes.
  private mutating func string() throws(Problem) -> String {
    skipSpaces()
    guard let quote = bytes.first, quote == 0x27 || quote == 0x22 else { throw malformed }
    let content = bytes.dropFirst().prefix {
      $0 != quote && $0 != 0x5C && (0x20..<0x7F).contains($0)
    }
    guard content.count <= 64, bytes.dropFirst(content.count + 1).first == quote else {
      throw malformed
    }
    bytes = bytes.dropFirst(content.count + 2)
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func skipSpaces() { bytes = bytes.drop { $0 == 0x20 } }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpaces()
    guard bytes.first == UInt8(ascii: character) else { return false }
    bytes = bytes.dropFirst()
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
    guard accept(character) else { throw malformed }
  }

  private var malformed: Problem { Problem(text: "has a malformed header") }
}

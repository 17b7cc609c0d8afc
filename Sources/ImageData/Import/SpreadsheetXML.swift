// The parts of an .xlsx file, as events of Foundation's XML parser.

import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What all parts have in common: text is collected inside the elements that ask for it.
class PartParser: NSObject, XMLParserDelegate {
  private var text = ""
  private var isCollecting = false
  private var complaint: String?
  private var depth = 0
  private var hasRoot = false

  /// Parses a whole part.
  /// - Returns: what is wrong; nil if nothing is.
  func problem(parsing bytes: [UInt8]) -> String? {
    // Foundation's parser traps on text that is not what it is declared to be, and other encodings would
    // hide a document type from the search below; no known program writes them.
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0),
      Self.declaresUTF8(bytes)
    else { return "expected UTF-8" }
    let data = Data(bytes)
    guard data.range(of: Data("<!DOCTYPE".utf8)) == nil,
      data.range(of: Data("<!ENTITY".utf8)) == nil
    else { return "has a document type, which no spreadsheet has" }
    let parser = XMLParser(data: data)
    parser.shouldResolveExternalEntities = false
    parser.delegate = self
    let isParsed = parser.parse()
    if let complaint { return complaint }
    // The parser reports success of documents that end early.
    return isParsed && hasRoot && depth == 0 ? nil : "damaged XML: it ends early"
  }

  /// Called at the start of an element; `true` collects the text up to its end.
  func begin(_ name: Substring, _ attributes: [String: String]) -> Bool { false }

  /// Called at the end of an element with the text collected in it.
  func end(_ name: Substring, _ text: String) {}

  /// Ends parsing with a reason.
  final func stop(_ reason: String) { complaint = complaint ?? reason }

  /// Whether the first line names no other encoding.
  private static func declaresUTF8(_ bytes: [UInt8]) -> Bool {
    let head = String(decoding: bytes.prefix(200), as: UTF8.self).lowercased()
    guard head.hasPrefix("<?xml"), let end = head.firstRange(of: "?>"),
      let encoding = head[..<end.lowerBound].firstRange(of: "encoding")
    else { return !head.contains("encoding") || !head.contains("<?xml") }
    return head[encoding.upperBound..<end.lowerBound].contains("utf-8")
  }

  /// `c` of `x:c`: some programs write every element with a prefix.
  private static func local(_ name: String) -> Substring {
    name.utf8.lastIndex(of: 0x3A).map { name[name.utf8.index(after: $0)...] } ?? name[...]
  }

  final func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    guard complaint == nil else { return parser.abortParsing() }
    depth += 1
    hasRoot = true
    isCollecting = begin(Self.local(element), attributes)
    if isCollecting { text = "" }
  }

  final func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    guard complaint == nil else { return parser.abortParsing() }
    depth -= 1
    end(Self.local(element), isCollecting ? text : "")
    isCollecting = false
  }

  final func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    // Codes of libxml2: warnings, and from 200 what concerns name spaces, which are not looked at.
    let code = (error as NSError).code
    guard code < 200, ![27, 93, 98, 99, 100, 102].contains(code) else { return }
    stop("damaged XML in line \(parser.lineNumber)")
  }

  final func parser(_ parser: XMLParser, foundCharacters characters: String) {
    if isCollecting { text += characters }
  }

  final func parser(_ parser: XMLParser, foundCDATA block: Data) {
    if isCollecting { text += String(decoding: block, as: UTF8.self) }
  }
}

/// `xl/workbook.xml`: the relation of the first sheet.
final class WorkbookParser: PartParser {
  private(set) var firstSheet: String?

  override func begin(_ name: Substring, _ attributes: [String: String]) -> Bool {
    if name == "sheet" && firstSheet == nil {
      firstSheet = attributes.first { $0.key == "id" || $0.key.hasSuffix(":id") }?.value
    }
    return false
  }
}

/// `xl/_rels/workbook.xml.rels`: from relations to parts.
final class RelationParser: PartParser {
  private(set) var targets: [String: String] = [:]

  override func begin(_ name: Substring, _ attributes: [String: String]) -> Bool {
    if name == "Relationship", let id = attributes["Id"], let target = attributes["Target"] {
      targets[id] = target
    }
    return false
  }
}

/// `xl/sharedStrings.xml`: texts that cells refer to by number, each in one or several runs.
final class SharedStringParser: PartParser {
  private(set) var strings: [String] = []
  private var isPhonetic = false

  override func begin(_ name: Substring, _ attributes: [String: String]) -> Bool {
    switch name {
    case "si": strings.append("")
    case "rPh": isPhonetic = true
    case "t": return !isPhonetic && !strings.isEmpty
    default: break
    }
    return false
  }

  override func end(_ name: Substring, _ text: String) {
    if name == "rPh" { isPhonetic = false }
    if name == "t" && !strings.isEmpty { strings[strings.count - 1] += text }
  }
}

/// `xl/worksheets/sheetN.xml`: rows of cells. Cells may be missing; then their neighbours say where
/// they are.
final class SheetParser: PartParser {
  /// More columns than any label file has. A row is as long as its last cell says, so this bounds memory.
  static let columnLimit = 1024
  /// Cells of all rows together, empty ones included.
  static let cellLimit = 8 << 20

  private(set) var rows: [SheetRow] = []
  private let strings: [String]
  private var row = SheetRow(number: 0, cells: [])
  private var column = -1
  private var type = ""
  private var value = ""
  private var isPhonetic = false
  private var cellCount = 0

  init(strings: [String]) { self.strings = strings }

  override func begin(_ name: Substring, _ attributes: [String: String]) -> Bool {
    switch name {
    case "row":
      row = SheetRow(number: attributes["r"].flatMap { Int($0) } ?? row.number &+ 1, cells: [])
      column = -1
    case "c":
      column = attributes["r"].flatMap(Self.column) ?? column + 1
      if column >= Self.columnLimit { stop("more than \(Self.columnLimit) columns") }
      type = attributes["t"] ?? "n"
      value = ""
    case "rPh": isPhonetic = true
    case "v": return true
    case "t": return !isPhonetic
    default: break
    }
    return false
  }

  override func end(_ name: Substring, _ text: String) {
    switch name {
    case "v", "t": value += text
    case "rPh": isPhonetic = false
    case "c": place()
    case "row":
      if row.cells.contains(where: { !$0.trimmed.isEmpty }) { rows.append(row) }
    default: break
    }
  }

  private func place() {
    guard column >= 0 && column < Self.columnLimit else { return }
    let missing = column + 1 - row.cells.count
    if missing > 0 {
      cellCount += missing
      guard cellCount <= Self.cellLimit else { return stop("more than \(Self.cellLimit) cells") }
      row.cells.append(contentsOf: repeatElement("", count: missing))
    }
    switch type {
    case "s":
      guard let index = Int(value.trimmed), strings.indices.contains(index) else {
        return stop(
          "row \(row.number): shared string '\(value.prefix(20))' of \(strings.count) strings")
      }
      row.cells[column] = strings[index]
    case "n", "": row.cells[column] = Self.shortest(value)
    default: row.cells[column] = value
    }
  }

  /// 54.33 for 54.329999999999998, and 5 for 5.0; numbers without a point stay, they may be names.
  private static func shortest(_ text: String) -> String {
    let text = text.trimmed
    guard text.contains("."), let number = Double(text), number.isFinite else { return text }
    let short = "\(number)"
    return short.hasSuffix(".0") ? String(short.dropLast(2)) : short
  }

  /// 27 for AB12; nil for anything that is no cell.
  private static func column(of reference: String) -> Int? {
    var column = 0
    for byte in reference.utf8.prefix(4) {
      guard byte >= 0x41 && byte <= 0x5A else { break }
      column = column * 26 + Int(byte - 0x40)
    }
    return column > 0 ? column - 1 : nil
  }
}

// The parts of an .xlsx file that lead to the cells of a sheet.

import Files

/// `xl/workbook.xml`: the sheets in the order of their tabs.
final class WorkbookParser: PartParser {
  struct Sheet {
    var name: String
    /// Its relation.
    var id: String
    var isHidden: Bool
  }

  private(set) var sheets: [Sheet] = []

  override func begin(_ name: Substring, _ attributes: [String: String]) -> Bool {
    let id = attributes.first { $0.key == "id" || $0.key.hasSuffix(":id") }?.value
    if name == "sheet", let id {
      sheets.append(
        Sheet(
          name: attributes["name"] ?? "", id: id,
          isHidden: ["hidden", "veryHidden"].contains(attributes["state"])))
    }
    return false
  }
}

/// `xl/_rels/workbook.xml.rels` and its like: from relations to parts.
final class RelationParser: PartParser {
  private(set) var targets: [String: String] = [:]
  private var types: [String: String] = [:]

  override func begin(_ name: Substring, _ attributes: [String: String]) -> Bool {
    if name == "Relationship", let id = attributes["Id"], let target = attributes["Target"] {
      targets[id] = target
      // The last component is the same in the transitional and the strict form of the standard.
      let type = attributes["Type"].map { FilePath.name(of: $0) } ?? ""
      if types[type] == nil { types[type] = target }
    }
    return false
  }

  /// The first part that is related in this way, such as `sharedStrings`.
  func target(ofType type: String) -> String? { types[type] }
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

/// `xl/worksheets/sheetN.xml`: rows of cells. Cells may be missing; then their neighbors say where
/// they are.
final class SheetParser: PartParser {
  /// More columns than any label file has. A row is as long as its last cell says, so this bounds
  /// memory.
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

  /// 27 for AB12; nil for anything else.
  private static func column(of reference: String) -> Int? {
    var column = 0
    for byte in reference.utf8.prefix(4) {
      guard byte >= 0x41 && byte <= 0x5A else { break }
      column = column * 26 + Int(byte - 0x40)
    }
    return column > 0 ? column - 1 : nil
  }
}

import Foundation
import Tables
import Tensors
import TestSupport
import Testing
import ZipArchives

/// The parts of a small workbook, each of which a test may replace.
private struct Workbook {
  static let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
  var parts: [(name: String, text: [UInt8])] = [
    (
      "xl/workbook.xml",
      Array("\(start)<workbook><sheets><sheet name=\"a\" r:id=\"r1\"/></sheets></workbook>".utf8)
    ),
    (
      "xl/_rels/workbook.xml.rels",
      Array(
        "\(start)<Relationships><Relationship Id=\"r1\" Target=\"worksheets/a.xml\"/></Relationships>"
          .utf8)
    ),
    (
      "xl/sharedStrings.xml",
      Array("\(start)<sst><si><t>path</t></si><si><t>mos</t></si></sst>".utf8)
    ),
    (
      "xl/worksheets/a.xml",
      Array(
        "\(start)<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\" t=\"str\"><v>a.jpg</v></c><c r=\"B2\"><v>5.5</v></c></row></sheetData></worksheet>"
          .utf8)
    ),
  ]

  init() {}

  /// The workbook with these rows in its sheet.
  init(rows: String) { self[3] = "<worksheet><sheetData>\(rows)</sheetData></worksheet>" }

  subscript(part: Int) -> String {
    get { String(decoding: parts[part].text, as: UTF8.self) }
    set { parts[part].text = Array(newValue.utf8) }
  }

  /// The outcome of reading it.
  func read(in folder: ScratchDirectory) throws -> Result<TextTable, TableError> {
    let path = "\(folder.path)/book.xlsx"
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
    defer { close(file) }
    let archive = try ZipWriter(descriptor: file)
    for part in parts { try part.text.withUnsafeBytes { try archive.add(part.name, [$0]) } }
    try archive.finish()
    return outcome(path)
  }

  func failure(in folder: ScratchDirectory) throws -> String {
    switch try read(in: folder) {
    case .success(let table): "read \(table.rows.count) rows"
    case .failure(let error): "\(error)"
    }
  }
}

private func outcome(_ path: String) -> Result<TextTable, TableError> {
  Result { () throws(TableError) in try TextTable(file: path) }
}

private func fixture(_ name: String) -> String {
  Golden.fixtures.appendingPathComponent("iqa/spaq/\(name)").path
}

@Suite struct SpreadsheetTests {
  private let folder: ScratchDirectory

  init() throws { folder = try ScratchDirectory() }

  @Test("numbers are as they were typed; types, gaps and runs of text are understood")
  func cells() throws {
    let rows = """
      <row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="D3" t="inlineStr"><is><t>x</t></is></c></row>
      <row r="5"><c r="A5" t="str"><f>1+1</f><v>a</v></c><c r="B5"><v>54.329999999999998</v></c></row>
      <row r="7"><c r="A7" t="inlineStr"><is><r><t>b </t></r><r><t>&lt;c&#62;</t></r><rPh><t>no</t></rPh></is></c>
        <c r="D7"><v>1E-3</v></c></row>
      <row r="8"><c><v>10004473376</v></c><c><v>5.0</v></c><c t="b"><v>1</v></c><c/></row>
      """
    let table = try Workbook(rows: rows).read(in: folder).get()
    #expect(table.header == ["path", "mos", "", "x"])
    #expect(
      table.rows == [
        ["a", "54.33", "", ""], ["b <c>", "", "", "1E-3"], ["10004473376", "5", "1", ""],
      ])
    #expect(table.lines == [5, 7, 8])
  }

  @Test("what no label file has is refused with the reason")
  func refusals() throws {
    func expect(_ problem: String, _ change: (inout Workbook) -> Void) throws {
      var book = Workbook()
      change(&book)
      let failure = try book.failure(in: folder)
      #expect(failure.contains("book.xlsx': ") && failure.contains(problem), "\(failure)")
    }
    try expect("document type") { $0[3] = "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>" }
    try expect("expected UTF-8") { $0[3] = "\u{0}<" }
    try expect("damaged XML in line") { $0[3] = $0[3].replacingOccurrences(of: "</row>", with: "") }
    try expect("expected UTF-8") {
      $0.parts[3].text = Array("<sheet a=\"".utf8) + [0xDC] + Array("\"/>".utf8)
    }
    try expect("expected UTF-8") { $0[3] = "<?xml version=\"1.0\" encoding=\"UTF-7\"?><a/>" }
    try expect("damaged XML") { $0[3] = " " }
    try expect("damaged XML") { $0[3] = String(repeating: "<a>", count: 5000) }
    try expect("no part 'xl/workbook.xml'") { $0.parts.removeFirst() }
    try expect("names no sheet") { $0[0] = "<workbook/>" }
    try expect("no part 'etc/passwd'") {
      $0[1] = $0[1].replacingOccurrences(of: "worksheets/a.xml", with: "../../etc/passwd")
    }
    try expect("shared string '7' of 2 strings") {
      $0[3] = $0[3].replacingOccurrences(of: "<v>1</v>", with: "<v>7</v>")
    }
    try expect("shared string '0' of 0") { $0.parts.remove(at: 2) }
    try expect("more than 1024 columns") {
      $0[3] = $0[3].replacingOccurrences(of: "\"B2\"", with: "\"XFD2\"")
    }
    try expect("the first sheet is empty") { $0[3] = "<worksheet/>" }
    // 9000 rows of 1024 empty cells in 30 bytes each.
    try expect("more than 8388608 cells") {
      $0[3] =
        "<s>" + String(repeating: "<row><c r=\"AMJ1\"><v>1</v></c></row>", count: 9000) + "</s>"
    }
  }

  @Test("the first sheet that is not hidden is read, and named where there are several")
  func hiddenSheets() throws {
    var book = Workbook()
    book[0] = """
      <workbook><sheets><sheet name="notes" state="veryHidden" r:id="r9"/>\
      <sheet name="old" state="hidden" r:id="r8"/><sheet name="Scores" r:id="r1"/></sheets></workbook>
      """
    let table = try book.read(in: folder).get()
    #expect(table.rows == [["a.jpg", "5.5"]])
    #expect(table.path == "\(folder.path)/book.xlsx, sheet 'Scores' of 3, 2 of them hidden")
    #expect(try Workbook().read(in: folder).get().path == "\(folder.path)/book.xlsx")
    book[0] = book[0].replacingOccurrences(of: "\"Scores\"", with: "\"Scores\" state=\"hidden\"")
    #expect(try book.failure(in: folder).contains("all sheets of the workbook are hidden"))
  }

  @Test("parts are where relations say, from the root of the archive or from the folder of a part")
  func relations() throws {
    var book = Workbook()
    let type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book.parts[0].name = "office/book.xml"
    book.parts[1].name = "office/_rels/book.xml.rels"
    book[1] = """
      <Relationships><Relationship Id="r1" Type="\(type)/worksheet" Target="/data/./a.xml"/>\
      <Relationship Id="r2" Type="\(type)/sharedStrings" Target="../text/words.xml"/></Relationships>
      """
    book.parts[2].name = "text/words.xml"
    book.parts[3].name = "data/a.xml"
    book.parts.append(
      (
        "_rels/.rels",
        Array(
          "<Relationships><Relationship Id=\"r1\" Type=\"\(type)/officeDocument\" Target=\"office/book.xml\"/></Relationships>"
            .utf8)
      ))
    let table = try book.read(in: folder).get()
    #expect(table.header == ["path", "mos"] && table.rows == [["a.jpg", "5.5"]])
  }

  @Test("a part that unpacks to more than its limit is refused")
  func bomb() throws {
    var book = Workbook()
    book[3] = "<a>" + String(repeating: " ", count: 65 << 20) + "</a>"
    #expect(try book.failure(in: folder).contains("more than 64 MiB"))
  }

  @Test("files that are cut short or changed give typed errors or a table, never more")
  func fuzz() throws {
    var random = RandomStream(seed: 11, purpose: .test)
    for name in ["inline.xlsx", "shared.xlsx", "Annotations/MOS and Image attribute scores.xlsx"] {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
      let path = "\(folder.path)/fuzz.xlsx"
      var failures = 0
      for trial in 0..<400 {
        var changed = bytes
        if trial % 3 == 0 {
          changed.removeLast(1 + random.integer(below: bytes.count - 1))
        } else {
          for _ in 0...random.integer(below: 4) {
            changed[random.integer(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
          }
        }
        try Data(changed).write(to: URL(fileURLWithPath: path))
        if case .failure = outcome(path) { failures += 1 }
        if trial % 3 == 0 && changed.count >= 2 {
          #expect(throws: TableError.self) { try TextTable(file: path) }
        }
      }
      #expect(failures > 200)
    }
  }

  @Test("parts with right checksums and wrong XML give typed errors or a table")
  func fuzzXML() throws {
    var random = RandomStream(seed: 12, purpose: .test)
    let pieces = [
      "<", ">", "\"", "&", "&#0;", "&x;", "]]>", "<![CDATA[", "<!--", "<?", "</row>", "\u{0}",
      "<c r=\"", "A1", "99999999999999999999",
    ]
    for _ in 0..<1500 {
      var book = Workbook()
      let part = random.integer(below: 4)
      for _ in 0...random.integer(below: 3) {
        var text = book.parts[part].text
        let place = random.integer(below: text.count)
        switch random.integer(below: 4) {
        case 0: text[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: text.removeSubrange(place..<min(text.count, place + 1 + random.integer(below: 9)))
        case 2: text.insert(contentsOf: pieces[random.integer(below: pieces.count)].utf8, at: place)
        default: text.removeLast(text.count - place - 1)
        }
        if text.isEmpty { text = [0x3C] }
        book.parts[part].text = text
      }
      _ = try book.read(in: folder)
    }
  }
}

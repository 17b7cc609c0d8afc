import Tables
import Testing

@Suite struct CommaSeparatedTests {
  private func rows(_ text: String) throws -> [[String]] {
    var table = CommaSeparated(Array(text.utf8))
    var rows: [[String]] = []
    while let row = try table.next() { rows.append(row.fields) }
    return rows
  }

  private func problem(_ bytes: [UInt8]) -> String {
    var table = CommaSeparated(bytes)
    do throws(CommaSeparated.Problem) {
      while try table.next() != nil {}
      return "none"
    } catch { return "\(error.line): \(error.text)" }
  }

  @Test("quotes, doubled quotes, line ends of any system, a byte order mark and blank lines")
  func grammar() throws {
    #expect(try rows("a,b\r\n1,2\r\n\n3,") == [["a", "b"], ["1", "2"], ["3", ""]])
    #expect(try rows("\u{FEFF}a,\"b,\"\"c\"\"\nd\"\n") == [["a", "b,\"c\"\nd"]])
    #expect(try rows("").isEmpty)
  }

  @Test("a carriage return ends lines where it ends the first; else it is text")
  func returns() throws {
    #expect(
      try rows("a,b\r1,\"x\ry\"\r\r3,\"4\n5\"\r") == [["a", "b"], ["1", "x\ry"], ["3", "4\n5"]])
    #expect(try rows("\"a\r\",b\r\n1\r2,3\n") == [["a\r", "b"], ["1\r2", "3"]])
    var table = CommaSeparated(Array("a\r1\r2\r".utf8))
    var lines: [Int] = []
    while let row = try table.next() { lines.append(row.line) }
    #expect(lines == [1, 2, 3])
  }

  @Test("rows of separators or blanks are blank, empty fields behind a row are none")
  func blankRows() throws {
    #expect(try rows("a,b\n,\n  \n , \n1,2\n") == [["a", "b"], ["1", "2"]])
    var table = CommaSeparated(Array("path,mos\na,1,,\nb,2,x\n".utf8))
    let columns = try table.header().columns
    #expect(try table.next(below: columns)?.fields == ["a", "1"])
    #expect(throws: CommaSeparated.Problem.self) { try table.next(below: columns) }
  }

  @Test("the first line of Excel names the separator; UTF-16 is refused by name")
  func excel() throws {
    #expect(try rows("sep=;\r\na;b,c\r\n") == [["a", "b,c"]])
    #expect(try rows("sep=,\na,b;c;d\n") == [["a", "b;c;d"]])
    #expect(problem([0xFF, 0xFE, 0x61, 0]) == "1: UTF-16 text; save it as UTF-8")
  }

  @Test("the separator is the most frequent one of the first line")
  func separators() throws {
    #expect(try rows("a;b,c;d\n1;2;3\n") == [["a", "b,c", "d"], ["1", "2", "3"]])
    #expect(try rows("a\tb\n1\t2,5\n") == [["a", "b"], ["1", "2,5"]])
    #expect(CommaSeparated(Array("a;b".utf8), separator: 0x2C).separator == 0x2C)
  }

  @Test("damage is told with its line")
  func damage() {
    #expect(problem(Array("a,b\n\"c,d\n".utf8)) == "2: a quote is never closed")
    #expect(problem(Array("a\n".utf8) + [0xFF, 0x0A]) == "2: not valid UTF-8")
    #expect(
      problem([UInt8](repeating: 0x61, count: CommaSeparated.rowLimit + 2))
        == "1: a row of more than 1048576 bytes")
  }

  @Test("rows below a header have as many fields; a table without a row says what is missing")
  func header() throws {
    var table = CommaSeparated(Array("\n Path ,mos\na,1\nb\n".utf8))
    let (line, columns) = try table.header()
    #expect(line == 2 && columns.names == ["Path", "mos"])
    #expect(try table.next(below: columns)?.fields == ["a", "1"])
    let short = #expect(throws: CommaSeparated.Problem.self) { try table.next(below: columns) }
    #expect(short?.line == 4)
    #expect(short?.text == "expected 2 fields as in the header, found 1")
    var empty = CommaSeparated([])
    let problem = #expect(throws: CommaSeparated.Problem.self) { try empty.header(of: "list") }
    #expect(problem?.text == "the list is empty; expected a header")
    #expect(CommaSeparated.header(start: Array("a,b\n1".utf8))?.names == ["a", "b"])
    #expect(CommaSeparated.header(start: Array("\"a".utf8)) == nil)
  }

  @Test("columns are found whatever their case, blanks and hyphens; ratings end at the first gap")
  func columns() {
    let header = TableHeader(["Image name", "MOS-zscore", "c1", "C2", "c4"])
    #expect(header.column("path", "image_name") == 0 && header.column("mos_zscore") == 1)
    #expect(header.column("mos") == nil)
    #expect(header.ratings == [2, 3])
    #expect(header.list == "Image name, MOS-zscore, c1, C2, c4")
  }

  @Test("what is written is read back; an incomplete last row is left out")
  func written() throws {
    let fields = ["a b", "c,d", "e\"f", "g\nh", ""]
    let text = CommaSeparatedText.row(fields) + CommaSeparatedText.row([""])
    #expect(text == "a b,\"c,d\",\"e\"\"f\",\"g\nh\",\n\"\"\n")
    #expect(try rows(text).first == fields)
    let complete = Array(CommaSeparatedText.row(fields).utf8)
    for cut in 0...complete.count {
      let (rows, end) = CommaSeparated.completeRows(complete + complete.prefix(cut))
      let count = cut == complete.count ? 2 : 1
      #expect(rows == [[String]](repeating: fields, count: count), "\(cut)")
      #expect(end == count * complete.count, "\(cut)")
    }
  }
}

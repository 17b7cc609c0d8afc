import Tables
import TestSupport
import Testing

@Suite struct TableHeaderTests {
  private let header = TableHeader(["Filename", "mos", "rating", "Rating 2", "rating_2"])

  @Test("a column is read under another name, before one that has it by itself")
  func renamed() throws {
    let names = try #require(ColumnNames(["path=filename", " mos = Rating "]))
    let renamed = try header.renamed(by: names)
    #expect(renamed.column("path") == 0 && renamed.column("MOS") == 2)
    #expect(renamed.column("name", "path") == 0)
    #expect(renamed.names == header.names)
    #expect(header.column("path") == nil && header.column("mos") == 1)
    #expect(names.renames(2, of: renamed) && !names.renames(1, of: renamed))
  }

  @Test("columns that are not there, or several times, are named")
  func problems() throws {
    func problem(_ text: String) throws -> String {
      let names = try #require(ColumnNames([text]))
      do throws(ColumnNames.Problem) {
        _ = try header.renamed(by: names)
        return "none"
      } catch { return error.text }
    }
    #expect(
      try problem("mos=score")
        == "no column 'score', which is to be read as 'mos'; there are Filename, mos, rating, Rating 2, "
        + "rating_2")
    #expect(try problem("mos=rating-2").hasPrefix("2 columns 'rating-2', which"))
    #expect(header.namesakes(of: 3) == ["Rating 2", "rating_2"])
  }

  @Test("what is no name=column, or names a name twice, is refused")
  func syntax() {
    for texts in [["path"], ["=a"], ["a="], ["mos=a", "MOS=b"]] {
      #expect(ColumnNames(texts) == nil, "\(texts)")
    }
    #expect(ColumnNames(["a=b=c"])?.pairs == [.init(name: "a", column: "b=c")])
    #expect(ColumnNames([]) == ColumnNames())
  }

  @Test("a table keeps its names, replaces the column that a name finds and appends others")
  func columns() throws {
    var table = TextTable(path: "t", header: ["file", "Split"], rows: [["a", "x"]])
    try table.rename(by: try #require(ColumnNames(["path=file"])))
    table.set("split", ["train"])
    table.set("mos", ["1"])
    #expect(table.header == ["file", "Split", "mos"])
    #expect(table.rows == [["a", "train", "1"]])
    #expect(table.column("path") == 0 && table.column("mos") == 2)
    #expect(
      throws: TableError.row(
        path: "t", line: 1,
        problem: "no column 'b', which is to be read as 'a'; there are file, Split, mos")
    ) { try table.rename(by: try #require(ColumnNames(["a=b"]))) }
  }

  @Test("the header of a file is read whole, however long it is")
  func longHeader() throws {
    let folder = try ScratchDirectory()
    let names = (0..<9000).map { "feature number \($0)" } + ["path"]
    let file = try folder.write("t.csv", text: names.joined(separator: ",") + "\r1\r")
    #expect(CommaSeparated.header(ofFile: file)?.column("path") == 9000)
    #expect(CommaSeparated.header(ofFile: "\(folder.path)/none.csv") == nil)
  }
}

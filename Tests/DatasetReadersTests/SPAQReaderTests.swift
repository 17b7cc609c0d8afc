import DatasetReaders
import Tables
import TestSupport
import Testing

private func fixture(_ name: String) -> String {
  Golden.fixtures.appendingPathComponent("iqa/spaq/\(name)").path
}

@Suite struct SPAQReaderTests {
  @Test("scores and attributes from the sheet; scenes when asked; no split")
  func sheet() throws {
    let set = try ImportFixture("spaq")
    try set.touch(spaqNames, in: "TestImage")
    let result = try set.run(.spaq)
    #expect(
      result.table.header
        == ["path", "mos", "brightness", "colorfulness", "contrast", "noisiness", "sharpness"])
    #expect(
      result.table.rows[3] == [
        "TestImage/00004.jpg", "29.99", "35.3", "36.3", "37.3", "38.3", "39.3",
      ])
    #expect(result.table.rows[0][1] == "8")
    #expect(result.said.contains(.noSplit(.spaq)))
    let scenes = try set.run(.spaq) { $0.includesAttributes = true }
    #expect(try scenes.column("scene_still_life")[7] == "1")
    #expect(scenes.table.header.suffix(1) == ["scene_others"])
  }

  @Test("shared strings and text in runs read the same")
  func shared() throws {
    let set = try ImportFixture("spaq")
    try set.touch(spaqNames, in: "TestImage")
    let shared = try set.run(.spaq) { $0.labels = "shared.xlsx" }
    #expect(try shared.table.rows == set.run(.spaq).table.rows)
    #expect(try TextTable(file: fixture("shared.xlsx")).header.last == "Remark")
  }

  @Test("inline strings, prefixes, gaps and empty rows read the same")
  func inline() throws {
    let set = try ImportFixture("spaq")
    try set.touch(spaqNames, in: "TestImage")
    let inline = try set.run(.spaq) { $0.labels = "inline.xlsx" }
    #expect(try inline.table.rows == set.run(.spaq).table.rows)
    let table = try TextTable(file: fixture("inline.xlsx"))
    #expect(table.header.last == "Remark")
    #expect(table.rows.map { $0[7] }.filter { !$0.isEmpty } == ["a & b"])
  }

  @Test("the same labels as CSV are taken, too")
  func text() throws {
    let set = try ImportFixture("spaq")
    try set.touch(["1.jpg"])
    try set.write("s.csv", "Image name,MOS,Brightness\n1.jpg,50.5,3\n")
    #expect(try set.run(.spaq) { $0.labels = "s.csv" }.table.rows == [["1.jpg", "50.5", "3"]])
  }
}

import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct FileTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  /// Writes `[3, 4, 5]` with the values 0, 1, 2 … as `/a/b/c` and a scalar as `/a/s`.
  private func write(_ path: String) throws {
    let file = try File.create(at: path)
    do {
      let dataset = try Dataset(creating: "a/b/c", shape: [3, 4, 5], in: file)
      // In three runs that end inside of rows.
      for range in [0..<7, 7..<48, 48..<60] {
        try dataset.write(range, from: range.map { Float($0) })
      }
      try dataset.setAttribute("crc32c", UInt32.max)
      let scalar = try Dataset(creating: "a/s", shape: [], in: file)
      try scalar.write(0..<1, from: [42])
      let empty = try Dataset(creating: "a/none", shape: [0, 3], in: file)
      try empty.write(0..<0, from: nil)
    }
    try file.setAttribute("seed", UInt64.max)
    try file.setAttribute("step", -3)
    try file.setAttribute("loss", 0.1)
    try file.setAttribute("text", "schräg\nzwei Zeilen: €")
    try file.setAttribute("nothing", "")
    try file.flush()
    try file.close()
  }

  @Test("datasets and attributes come back as they were written")
  func roundTrip() throws {
    let path = scratch.file("a.h5")
    try write(path)
    let file = try File.openReadOnly(path)
    #expect(try file.attribute("seed", as: UInt64.self) == .max)
    #expect(try file.attribute("step", as: Int.self) == -3)
    #expect(try file.attribute("loss", as: Double.self) == 0.1)
    #expect(try file.textAttribute("text") == "schräg\nzwei Zeilen: €")
    #expect(try file.textAttribute("nothing") == "")
    #expect(try file.datasets(in: "a") == ["b/c", "none", "s"])
    let dataset = try Dataset(opening: "a/b/c", in: file)
    #expect(dataset.shape == [3, 4, 5])
    #expect(try dataset.attribute("crc32c", as: UInt32.self) == .max)
    for range in [0..<60, 3..<4, 18..<43, 59..<60, 9..<9] {
      var values = [Float](repeating: -1, count: range.count + 1)
      try dataset.read(range, into: &values)
      #expect(values == range.map { Float($0) } + [-1])
    }
    var scalar: Float = 0
    try Dataset(opening: "a/s", in: file).read(0..<1, into: &scalar)
    #expect(scalar == 42)
    #expect(try Dataset(opening: "a/none", in: file).shape == [0, 3])
  }

  @Test("a text of 200 KB is a possible attribute, and one above the reader's limit an error")
  func longText() throws {
    let path = scratch.file("long.h5")
    let text = String(repeating: "0123456789", count: 20_000)
    let file = try File.create(at: path)
    try file.setAttribute("text", text)
    try file.close()
    let reader = try File.openReadOnly(path)
    #expect(try reader.textAttribute("text") == text)
    #expect(throws: HDF5Error.self) { try reader.textAttribute("text", limit: 1000) }
  }

  @Test("errors name the file, the object and HDF5's reason")
  func errors() throws {
    let path = scratch.file("a.h5")
    try write(path)
    let missing = scratch.file("missing.h5")
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    let absent = message { _ = try File.openReadOnly(missing) }
    #expect(absent.contains(missing) && absent.contains("No such file"), "\(absent)")
    #expect(absent.contains("H5Fopen"), "\(absent)")
    let again = message { _ = try File.create(at: path) }
    #expect(again.contains("File exists"), "\(again)")
    let file = try File.openReadOnly(path)
    let noDataset = message { _ = try Dataset(opening: "a/zzz", in: file) }
    #expect(noDataset.contains("a/zzz") && noDataset.contains("H5Dopen"), "\(noDataset)")
    let noAttribute = message { _ = try file.attribute("absent", as: Int.self) }
    #expect(noAttribute.contains("@absent"), "\(noAttribute)")
    let wrongType = message { _ = try file.attribute("seed", as: Int.self) }
    #expect(wrongType.contains("not a 64-bit signed integer"), "\(wrongType)")
    let notText = message { _ = try file.textAttribute("seed") }
    #expect(notText.contains("not a text"), "\(notText)")
    let closeTooEarly = message {
      let file = try File.create(at: scratch.file("open.h5"))
      try file.close()
    }
    #expect(closeTooEarly == "no error")
  }

  @Test("a truncated file is refused at opening, wherever it ends")
  func truncated() throws {
    let path = scratch.file("a.h5")
    try write(path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let part = scratch.file("part.h5")
    for length in stride(from: 0, to: whole.count, by: 61) {
      try whole.prefix(length).write(to: URL(fileURLWithPath: part))
      #expect(throws: HDF5Error.self) { _ = try File.openReadOnly(part) }
    }
  }
}

import DatasetReaders
import Foundation
import ImageData
import Tables
import TestSupport
import Testing

@Suite struct PaQ2PiQReaderTests {
  private let names =
    (0..<12).map { row in
      switch row {
      case 1: "voc_emotic_ava/AVA__a=b<c.jpg"
      case 2: "blur_dataset/motion0091.jpg"
      case 3: "EE371R/cj23478+019.jpg"
      default: "voc_emotic_ava/JPEGImages__2010_00\(1829 + row).jpg"
      }
    }

  @Test("images: = and < in names, the score of 0 is told, parts from the files beside")
  func images() throws {
    let set = try ImportFixture("paq2piq")
    try set.touch(names, in: "database")
    let result = try set.run(.paq2piq)
    #expect(result.table.header == ["path", "mos", "split"])
    #expect(try result.column("path") == names.map { "database/\($0)" })
    #expect(result.says("mos is exactly 0 for blur_dataset/motion0091.jpg"))
    #expect(result.counts() == [7, 2, 3])
    let back = try TextTable(text: result.table.bytes, path: "")
    #expect(back.rows == result.table.rows)
  }

  @Test("the test set of 30 columns, with the scores of patches when asked")
  func wide() throws {
    let set = try ImportFixture("paq2piq")
    try set.touch(names)
    let result = try set.run(.paq2piq) {
      $0.labels = "labels640.csv"
      $0.includesAttributes = true
    }
    #expect(
      result.table.header == ["path", "mos", "split", "mos_patch_1", "mos_patch_2", "mos_patch_3"])
    #expect(
      result.table.rows[0] == [names[9], "75.1179", "test", "74.1179", "73.1179", "72.1179"])
    #expect(result.counts() == [0, 0, 3])
  }

  @Test("patches of an image are a group and in its part")
  func patches() throws {
    let set = try ImportFixture("paq2piq")
    let patches = names.prefix(4).flatMap { name in
      (1...3).map { "patches/\(name.dropLast(4))_patch_\($0).jpg" }
    }
    try set.touch(patches)
    let result = try set.run(.paq2piq) { $0.labels = "labels_patch.csv" }
    #expect(try result.column("path") == patches)
    #expect(try result.column("group")[3] == "voc_emotic_ava/AVA__a=b<c")
    #expect(Set(try result.column("group")).count == 4)
    #expect(result.counts() == [12, 0, 0])
  }

  @Test("without the files beside the labels there is no split, which is told")
  func noSplit() throws {
    let set = try ImportFixture("paq2piq")
    try set.touch(names)
    try FileManager.default.removeItem(atPath: "\(set.root)/labels=640_padded.csv")
    let some = try set.run(.paq2piq)
    #expect(some.counts() == [9, 0, 3])
    #expect(some.says("there is no validation split"))
    try FileManager.default.removeItem(atPath: "\(set.root)/labels640.csv")
    #expect(try set.run(.paq2piq).manifest.splitCounts == nil)
  }
}

@Suite struct PyIQAReaderTests {
  @Test("without references: by position, official split, numbered splits kept")
  func plain() throws {
    let set = try ImportFixture("pyiqa")
    try set.touch(koniqNames, in: "512x384")
    let result = try set.run(.pyiqa) { $0.labels = "meta_info_KonIQ10kDataset.csv" }
    #expect(
      result.table.header == ["path", "mos", "std", "split"]
        + (1...3).map { "ratio802_seed123_split_0\($0)" })
    #expect(result.table.rows[0][0] == "512x384/10004473376.jpg")
    #expect(result.counts() == [8, 1, 3])
    let numbered = try set.run(.pyiqa) {
      $0.labels = "meta_info_KonIQ10kDataset.csv"
      $0.splitColumn = "ratio802_seed123_split_02"
    }
    #expect(numbered.counts() == [10, 0, 2])
    #expect(try numbered.column("split")[4] == "test")
    #expect(!numbered.table.header.contains("ratio802_seed123_split_02"))
    #expect(numbered.table.header.contains("ratio802_seed123_split_01"))
    #expect(
      set.failure(.pyiqa) {
        $0.labels = "meta_info_KonIQ10kDataset.csv"
        $0.splitColumn = "ratio802_seed123_split_09"
      }.contains("expected a column 'ratio802_seed123_split_09', found img_name, mos"))
  }

  @Test("with references: the reference is the group, parts may be numbers, kadid's scale is known")
  func paired() throws {
    let set = try ImportFixture("pyiqa")
    try set.touch(kadidNames, in: "images")
    let result = try set.run(.pyiqa) {
      $0.labels = "meta_info_KADID10kDataset.csv"
      $0.splitColumn = "ratio802_seed123_split_01"
    }
    #expect(Array(result.table.header.prefix(5)) == ["path", "mos", "std", "split", "group"])
    #expect(
      result.table.rows[0].prefix(5) == ["images/I01_01_01.png", "1.20", "0.6", "test", "I01.png"])
    #expect(result.counts() == [8, 0, 4])
    let plain = try set.run(.pyiqa) { $0.labels = "meta_info_KADID10kDataset.csv" }
    #expect(plain.manifest.splitCounts == nil)
    let numbered = ImportNotice.numberedSplits(count: 3, first: "ratio802_seed123_split_01")
    #expect(plain.said.contains(numbered))
    #expect("\(numbered)" == "note: 3 numbered splits such as ratio802_seed123_split_01 are kept")
    #expect(
      set.failure(.pyiqa) {
        $0.labels = "meta_info_KADID10kDataset.csv"
        $0.range = 0...100
      }.contains("but the range asked for is 0-100"))
  }

  @Test("AVA's form: ratings, 'official split' with a blank")
  func ratings() throws {
    let set = try ImportFixture("pyiqa")
    try set.touch(avaNames)
    let result = try set.run(.pyiqa) { $0.labels = "meta_info_AVADataset.csv" }
    #expect(
      result.table.header
        == ["path", "mos", "split"] + (1...10).map { "c\($0)" }
        + ["semantic_tag1", "semantic_tag2", "ILGnet_split"])
    #expect(result.counts() == [9, 0, 3])
  }

  @Test("several files need a choice; other tables are refused")
  func refusals() throws {
    let set = try ImportFixture("pyiqa")
    #expect(
      try set.refusal(.pyiqa)
        == .severalLabels(
          root: set.root, expected: "meta_info_*.csv",
          found: [
            "meta_info_AVADataset.csv", "meta_info_KADID10kDataset.csv",
            "meta_info_KonIQ10kDataset.csv",
          ]))
    try set.write("meta_info_x.csv", "name,what,mos\na,b,c\n")
    #expect(
      set.failure(.pyiqa) { $0.labels = "meta_info_x.csv" }
        .contains("meta_info_x.csv:2: expected a number in column 2, or in column 3"))
    let empty = try ImportFixture("ava")
    #expect(
      try empty.refusal(.pyiqa)
        == .noLabels(of: .pyiqa, root: empty.root, expected: ["meta_info_*.csv"]))
    #expect(
      empty.failure(.pyiqa) == "no labels in '\(empty.root)': expected meta_info_*.csv")
    try empty.write("meta_info_CSIQDataset.csv", "r,d,dmos\na,b.png,0.5\n")
    try empty.touch(["b.png"])
    #expect(try empty.run(.pyiqa).said.contains(.lowerIsBetter))
  }
}

@Suite struct ReferenceSetTests {
  @Test("KADID-10k: groups are references, the deviation is the root of the variance")
  func kadid() throws {
    let set = try ImportFixture("kadid")
    try set.touch(kadidNames, in: "images")
    let result = try set.run(.kadid)
    #expect(result.table.header == ["path", "mos", "std", "group"])
    #expect(result.table.rows[0] == ["images/I01_01_01.png", "1.20", "0.5", "I01.png"])
  }

  @Test("TID2013: the case of names may differ, groups do not")
  func tid2013() throws {
    let set = try ImportFixture("tid2013")
    try set.touch(
      (0..<12).map { "i0\($0 / 4 + 1)_01_\($0 % 4 + 1).bmp" }, in: "distorted_images")
    let result = try set.run(.tid2013)
    #expect(
      result.table.rows[1] == ["distorted_images/i01_01_2.bmp", "0.90000", "I01"])
    #expect(Set(try result.column("group")) == ["I01", "I02", "I03"])
    try set.write("mos_with_names.txt", "5.5 a.bmp\nx b.bmp\n")
    #expect(set.failure(.tid2013).contains("mos_with_names.txt:2: expected 'score name'"))
  }

  @Test("PIPAL: all files, images in several folders")
  func pipal() throws {
    let set = try ImportFixture("pipal")
    for part in 0..<2 {
      try set.touch(
        (0..<6).map { "A000\(part)_00_0\($0).bmp" }, in: "Distortion_\(part + 1)")
    }
    let result = try set.run(.pipal)
    #expect(result.table.rows.count == 12)
    #expect(result.table.rows[6] == ["Distortion_2/A0001_00_00.bmp", "1000.5", "A0001"])
    try set.write("Train_Label/A0002.txt", "A0002_00_00.bmp;3\n")
    #expect(set.failure(.pipal).contains("A0002.txt:1: expected 'name,elo'"))
  }
}

@Suite struct CSVReaderTests {
  @Test("names, scores and parts by usual names; other columns stay")
  func usual() throws {
    let folder = try ScratchDirectory()
    try folder.write("a b.jpg", [])
    try folder.write("c.jpg", [])
    let labels = try folder.write(
      "l.csv", text: "image_name;MOS;SD;set;camera\na b.jpg;3.5;1;training;X, Y\nc.jpg;4;1;test;Z\n"
    )
    var request = ImportRequest(kind: .csv, root: folder.path)
    request.labels = labels
    var said: [ImportNotice] = []
    let result = try DatasetImport(request).run { said.append($0) }
    #expect(result.table.header == ["path", "mos", "std", "split", "camera"])
    #expect(result.table.rows[0] == ["a b.jpg", "3.5", "1", "train", "X, Y"])
    #expect(said.contains(.uncheckedScale))
    let output = "\(folder.path)/out.csv"
    try result.table.write(to: output)
    let text = try String(contentsOfFile: output, encoding: .utf8)
    #expect(text.contains("a b.jpg,3.5,1,train,\"X, Y\"\n"))
    request.range = 0...1
    #expect(throws: ImportError.self) { try DatasetImport(request).run { _ in } }
  }

  @Test("names that leave the root are missing images")
  func outside() throws {
    let folder = try ScratchDirectory()
    try folder.write("a", [])
    try folder.makeFolder("set")
    var request = ImportRequest(kind: .csv, root: "\(folder.path)/set")
    for name in ["../a", "\(folder.path)/a", "", "."] {
      request.labels = try folder.write("l.csv", text: "path,mos\n\(name),1\n")
      #expect(throws: ImportError.self, "\(name)") { try DatasetImport(request).run { _ in } }
    }
  }

  @Test("ratings give their mean; classes need no score; no columns at all is refused")
  func others() throws {
    let folder = try ScratchDirectory()
    for name in ["a", "b"] { try folder.write(name, []) }
    var request = ImportRequest(kind: .csv, root: folder.path)
    request.labels = try folder.write("r.csv", text: "path,c1,c2,c3\na,1,0,1\nb,0,0,4\n")
    let ratings = try DatasetImport(request).run { _ in }.table
    #expect(ratings.header == ["path", "mos", "c1", "c2", "c3"])
    #expect(ratings.rows.map { $0[1] } == ["2.0", "3.0"])
    request.labels = try folder.write("l.csv", text: "path,label\na,cat\nb,dog\n")
    #expect(try DatasetImport(request).run { _ in }.table.rows == [["a", "cat"], ["b", "dog"]])
    request.labels = try folder.write("n.csv", text: "path,what\na,cat\n")
    #expect(throws: TableError.self) { try DatasetImport(request).run { _ in } }
    request.labels = nil
    #expect(throws: ImportError.self) { try DatasetImport(request).run { _ in } }
  }

  @Test("a manifest is read by training as it was written")
  func training() throws {
    let set = try ImportFixture("koniq")
    let image = "P6\n4 3\n255\n" + String(repeating: "x", count: 36)
    for name in koniqNames {
      try set.folder.write("set/1024x768/\(name)", text: image)
    }
    let manifest = "\(set.root)/koniq.csv"
    try set.run(.koniq).table.write(to: manifest)
    let index = try IndexBuilder(split: .test).open(manifest, world: nil).index
    #expect(index.kind == .score)
    #expect(index.samples.map(\.path) == koniqNames.suffix(3).map { "1024x768/\($0)" })
    let ratings = try IndexBuilder(kind: .ratings).open(manifest, world: nil).index
    #expect(ratings.count == 12)
  }
}

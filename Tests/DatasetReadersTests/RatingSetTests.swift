import DatasetReaders
import Foundation
import Tables
import Testing

@Suite struct KonIQReaderTests {
  @Test("the file with sets has scores of 0 to 100, fractions and the official split")
  func sets() throws {
    let set = try ImportFixture("koniq")
    try set.touch(koniqNames, in: "1024x768")
    let result = try set.run(.koniq)
    #expect(result.table.header == ["path", "mos", "std", "split", "c1", "c2", "c3", "c4", "c5"])
    #expect(
      result.table.rows[0] == [
        "1024x768/10004473376.jpg", "4.0000", "1.0167", "train", "0.552381", "0.266667", "0.104762",
        "0.047619", "0.028571",
      ])
    #expect(result.counts() == [8, 1, 3])
    #expect(result.says("std is the deviation of the ratings 1 to 5"))
    #expect(result.says("min 4  p1"))
  }

  @Test("the file with counts gives its z-scores, and its ratings when they are asked for")
  func counts() throws {
    let set = try ImportFixture("koniq")
    try set.touch(koniqNames, in: "512x384")
    let file = "koniq10k_scores_and_distributions.csv"
    let standard = try set.run(.koniq) { $0.labels = file }
    #expect(standard.table.header == ["path", "mos", "std", "c1", "c2", "c3", "c4", "c5"])
    #expect(
      Array(standard.table.rows[0].prefix(4))
        == ["512x384/10004473376.jpg", "4.0000", "1.0167", "58"])
    #expect(standard.says("mos is MOS_zscore"))
    #expect(standard.said.contains(.noSplit(.koniq)))
    let ratings = try set.run(.koniq) {
      $0.labels = file
      $0.range = 1...5
    }
    #expect(try ratings.column("mos")[0] == "1.7333")
  }

  @Test("scores of 1 to 5 where 0 to 100 belong, and the reverse, are refused with the remedy")
  func scaleTrap() throws {
    let set = try ImportFixture("koniq")
    try set.touch(koniqNames, in: "1024x768")
    let trap = try #require(
      set.refusal(.koniq) {
        $0.labels = "koniq10k_scores_and_distributions.csv"
        $0.scoreColumn = "MOS"
      })
    #expect(
      trap
        == .wrongScale(
          WrongScale(
            found: "1-5 (min 1.7333, max 4.2667)", scale: 1...5, expected: 0...100, kind: .koniq,
            others: .column("MOS_zscore"))))
    #expect("\(trap)" == "mos looks like 1-5 (min 1.7333, max 4.2667), but koniq has 0-100")
    #expect(
      set.failure(.koniq) { $0.range = 1...5 }
        == "mos looks like 0-100 (min 4, max 82.21), but the range asked for is 1-5")
    // The same file, made from ratings: the trap without another column.
    let text = try set.text("koniq10k_distributions_sets.csv")
    let lines = text.split(separator: "\n").enumerated().map { line, text in
      var fields = text.split(separator: ",").map(String.init)
      if line > 0 { fields[7] = "\(1 + 0.3 * Double(line))" }
      return fields.joined(separator: ",")
    }
    try set.write("koniq10k_distributions_sets.csv", lines.joined(separator: "\n"))
    guard case .wrongScale(let scale) = try set.refusal(.koniq) else {
      Issue.record("\(set.failure(.koniq))")
      return
    }
    #expect(scale.scale == 1...5)
    #expect(
      scale.others == .file("koniq10k_distributions_sets.csv", column: "MOS", range: 0...100))
  }

  @Test("both sizes of images: the larger is used and the other named")
  func sizes() throws {
    let set = try ImportFixture("koniq")
    try set.touch(koniqNames, in: "1024x768")
    try set.touch(koniqNames, in: "512x384")
    let images = ImportNotice.images(folder: "\(set.root)/1024x768", others: ["512x384"])
    #expect(try set.run(.koniq).said.contains(images))
    #expect("\(images)" == "images: \(set.root)/1024x768 (also in 512x384)")
    let small = try set.run(.koniq) { $0.images = "512x384/" }
    #expect(small.table.rows[3][0] == "512x384/\(koniqNames[3])")
  }

  @Test("missing images are counted and named, and left out when asked")
  func missing() throws {
    let set = try ImportFixture("koniq")
    try set.touch(Array(koniqNames.dropFirst(7)), in: "1024x768")
    let failure = set.failure(.koniq)
    #expect(failure.contains("7 of 12 images are not in '\(set.root)/1024x768': 10004473376.jpg"))
    #expect(failure.hasSuffix(", …"))
    let result = try set.run(.koniq) { $0.skipsMissing = true }
    #expect(result.table.rows.count == 5)
    #expect(result.manifest.missing == Array(koniqNames.prefix(7)))
    #expect(result.counts() == [1, 1, 3])
    #expect(result.says("7 of 12 images are missing and left out"))
    let empty = try ImportFixture("koniq")
    #expect(
      try empty.refusal(.koniq) { $0.skipsMissing = true }
        == .missingImages(
          folder: "\(empty.root)/1024x768", missing: 12, total: 12,
          examples: Array(koniqNames.prefix(5))))
    #expect(empty.failure(.koniq) { $0.images = "none" }.contains("No such file or directory"))
  }

  @Test("indicators, named without .jpg, are further columns")
  func indicators() throws {
    let set = try ImportFixture("koniq")
    try set.touch(koniqNames, in: "1024x768")
    let result = try set.run(.koniq) { $0.includesAttributes = true }
    #expect(try result.column("sharpness") == [String](repeating: "0.4", count: 12))
    #expect(try result.column("brightness")[11] == "0.21")
  }

  @Test("constant scores are flagged; damaged rows name file and line")
  func damage() throws {
    let set = try ImportFixture("koniq")
    try set.touch(koniqNames, in: "1024x768")
    let file = "koniq10k_distributions_sets.csv"
    let header = "image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,set\n"
    let rows = koniqNames.map { "\($0),0,0,1,0,0,105,50,0.5,test\n" }
    try set.write(file, header + rows.joined())
    #expect(try set.run(.koniq).says("all scores are 50: nothing to learn from"))
    for (row, problem) in [
      ("a.jpg,0,0,1,0,0,105,x,0.5,test\n", "expected a finite number in column 'MOS', found 'x'"),
      ("a.jpg,0,0,1,0,0,105,nan,0.5,test\n", "found 'nan'"),
      ("a.jpg,0,0,1,0,0,105,50,0.5,other\n", "expected train, validation or test (0, 1, 2)"),
      ("a.jpg,0,0,1,0,0,105\n", "expected 10 fields as in the header, found 7"),
      ("\"a.jpg", "a quote is never closed"),
    ] {
      try set.write(file, header + row)
      #expect(set.failure(.koniq).hasPrefix("\(set.root)/\(file):2: "), "\(row)")
      #expect(set.failure(.koniq).contains(problem), "\(set.failure(.koniq))")
    }
    try set.write(file, header + "a.jpg,0,0,1,0,0,105,50,0.5,test\nb.jpg,0,0,1,0,0,105,50,0.5,\n")
    #expect(
      try set.refusal(.koniq)
        == .partlySplit(path: "\(set.root)/\(file)", count: 1, total: 2, first: "b.jpg"))
    #expect(set.failure(.koniq).hasSuffix("1 of 2 rows belong to no part, the first is 'b.jpg'"))
    try set.write(file, header)
    #expect(set.failure(.koniq).contains("there are no rows"))
    try set.write(file, "image,score\na,1\n")
    #expect(set.failure(.koniq).contains("expected a column 'image_name'"))
    #expect(set.failure(.spaq).contains("expected Annotations/MOS and Image attribute scores.xlsx"))
    var request = ImportRequest(kind: .koniq, root: "\(set.root)/none")
    #expect(throws: TableError.self) { try DatasetImport(request).run { _ in } }
    request = ImportRequest(kind: .koniq, root: set.root)
    request.labels = "none.csv"
    #expect(
      throws: TableError.unreadable(
        path: "\(set.root)/none.csv", reason: "No such file or directory")
    ) {
      try DatasetImport(request).run { _ in }
    }
  }
}

@Suite struct AVAReaderTests {
  @Test("counts, mean and deviation; test by the list, a twentieth of the others validates")
  func rows() throws {
    let set = try ImportFixture("ava")
    try set.touch(avaNames, in: "images")
    let result = try set.run(.ava)
    #expect(result.table.header == ["path", "mos", "std", "split"] + (1...10).map { "c\($0)" })
    let counts = [0, 1, 5, 17, 38, 36, 15, 6, 5, 1]
    let sum = zip(1..., counts).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(result.table.rows[0][0] == "images/953619.jpg")
    #expect(result.table.rows[0][1] == "\(Double(sum) / 124)")
    #expect(Array(result.table.rows[0][4...]) == counts.map(String.init))
    let split = try result.column("split")
    #expect(split.indices.filter { split[$0] == "test" } == [1, 6, 11])
    #expect(result.manifest.splitCounts?.last?.count == 3)
    #expect(try set.run(.ava).table == result.table)
    let attributes = try set.run(.ava) { $0.includesAttributes = true }
    #expect(attributes.table.rows[0].suffix(3) == ["1", "22", "1396"])
  }

  @Test("the validation part has its share, and depends on id and seed alone")
  func validation() throws {
    let set = try ImportFixture("ava")
    let ids = Array(1...4000)
    try set.write(
      "AVA.txt", ids.map { "\($0) \($0) 1 2 3 4 5 6 7 8 9 9 0 0 1" }.joined(separator: "\n"))
    try set.write("aesthetics_image_lists/generic_test.jpgl", "7\n9000\n")
    try set.touch(ids.map { "\($0).jpg" }, in: "image")
    let first = try set.run(.ava)
    #expect(abs(first.counts()[1] - 200) < 45)
    #expect(first.counts()[2] == 1)
    #expect(first.says("1 of 2 images of generic_test.jpgl have no line in AVA.txt"))
    let other = try set.run(.ava) { $0.seed = 5 }
    #expect(try other.column("split") != first.column("split"))
    try set.write(
      "AVA.txt",
      ids.reversed().map { "\($0) \($0) 1 2 3 4 5 6 7 8 9 9 0 0 1" }.joined(separator: "\n"))
    #expect(try set.run(.ava).column("split") == first.column("split").reversed())
  }

  @Test("lists that overlap are told, missing lists give no split, damaged lines are refused")
  func lists() throws {
    let set = try ImportFixture("ava")
    try set.touch(avaNames, in: "images")
    try set.write("aesthetics_image_lists/generic_ls_train.jpgl", "953620\n953621\n")
    #expect(try set.run(.ava).says("1 images of generic_ls_train.jpgl are in generic_test.jpgl"))
    try set.write("aesthetics_image_lists/generic_test.jpgl", "953620\nx y\n")
    #expect(set.failure(.ava).contains("generic_test.jpgl:2: expected an image id, found 'x'"))
    try FileManager.default.removeItem(atPath: "\(set.root)/aesthetics_image_lists")
    let result = try set.run(.ava)
    #expect(result.manifest.splitCounts == nil)
    #expect(result.said.contains(.noSplit(.ava)))
    try set.write("AVA.txt", "1 953619 0 1 5 17 38 36 15 6 5 1 1 22\n")
    #expect(set.failure(.ava).contains("AVA.txt:1: expected 15 numbers"))
    try set.write("AVA.txt", "1 953619 0 0 0 0 0 0 0 0 0 0 1 22 3\n")
    #expect(set.failure(.ava).contains("image 953619 has no ratings"))
    try set.write("AVA.txt", "")
    #expect(set.failure(.ava).contains("there are no rows"))
  }
}

import ImageData
import TestSupport
import Testing

@Suite struct ClassLabelsTests {
  private let folder: ScratchDirectory

  init() throws {
    folder = try ScratchDirectory()
    try folder.write("a.ppm", ppm(height: 2, width: 2))
  }

  /// The index of a table with these labels, each of an image of its own.
  private func open(
    _ labels: [String], _ change: (inout IndexBuilder) -> Void = { _ in }
  ) throws -> OpenedIndex {
    for row in labels.indices { try folder.write("\(row).ppm", ppm(height: 2, width: 2)) }
    let rows = labels.enumerated().map { "\($0).ppm,\"\($1)\"\n" }.joined()
    let manifest = try folder.write("t.csv", text: "path,label\n" + rows)
    var builder = IndexBuilder()
    change(&builder)
    return try builder.open(manifest, world: nil)
  }

  /// The line and the words of the error.
  private func problem(
    _ labels: [String], _ change: (inout IndexBuilder) -> Void = { _ in }
  ) -> String {
    do {
      _ = try open(labels, change)
      return "none"
    } catch DataError.manifest(_, let line, let problem) {
      return "\(line): \(problem)"
    } catch { return "\(error)" }
  }

  @Test("whole numbers are the same classes however they are written")
  func integers() throws {
    let plain = try open((0..<12).map { "\($0)" }).index
    #expect(plain.samples.map(\.classIndex) == Array(0..<12))
    for form: (Int) -> String in [
      { "\($0).0" }, { "+\($0)" }, { "  \($0) " }, { "\($0).00" }, { "0\($0)" }, { "\($0)e0" },
    ] {
      let index = try open((0..<12).map(form)).index
      #expect(index == plain, "\(form(7))")
      #expect(index.digest == plain.digest && index.classNames == (0..<12).map { "\($0)" })
    }
  }

  @Test("names are classes in the order of their bytes; C's other numbers are names")
  func names() throws {
    let opened = try open(["dog", "cat", "0x1F", "inf", "dog"])
    #expect(opened.index.classNames == ["0x1F", "cat", "dog", "inf"])
    #expect(opened.index.samples.map(\.classIndex) == [2, 1, 0, 3, 2])
    #expect(opened.warnings.isEmpty)
    let forms = try open(["e\u{301}", "\u{E9}", "e\u{301}"])
    #expect(forms.index.samples.map(\.classIndex) == [0, 1, 0])
    #expect(forms.warnings.count == 1)
    #expect(forms.warnings.joined().contains("differ only in how Unicode writes"))
  }

  @Test(
    "a label that is missing is told with its line, in words and numbers",
    arguments: ["", "NA", "nan", "NaN", "null", "N/A", "#N/A", "-1", "-1.0"])
  func missing(word: String) {
    let numbers = problem(["0", word, "1", word])
    #expect(
      numbers
        == "3: 2 of 4 rows have no label: line 3 ('\(word)'), line 5 ('\(word)'); correct them, "
        + "or set data.missingLabels: leaveOut to do without them")
    if !word.hasPrefix("-") {
      #expect(problem(["cat", word]).hasPrefix("3: 1 of 2 rows have no label: line 3"))
    }
    #expect(problem([word, word]).hasPrefix("2: 2 of 2 rows have no label"))
  }

  @Test("rows without a label are left out on request, by name, and shift no class")
  func exclusion() throws {
    let opened = try open(["0", "NA", "2", "-1", "1"]) { $0.missingLabels = .leaveOut }
    #expect(opened.index.samples.map(\.classIndex) == [0, 2, 1])
    #expect(
      opened.index.excluded == [
        .init(path: "1.ppm", reason: "line 3 has no label: 'NA'"),
        .init(path: "3.ppm", reason: "line 5 has no label: '-1'"),
      ])
    #expect(
      opened.warnings == [
        "2 of 5 rows have no label and are left out, the first is line 3, '1.ppm'"
      ])
    #expect(problem(["NA"]) { $0.missingLabels = .leaveOut }.contains("1 of 1 rows have no label"))
    // Scores are left out alike.
    let manifest = try folder.write("s.csv", text: "path,mos\na.ppm,1\na.ppm,\na.ppm,NaN\n")
    var builder = IndexBuilder()
    #expect(throws: DataError.self) { try builder.open(manifest, world: nil) }
    builder.missingLabels = .leaveOut
    let scores = try builder.open(manifest, world: nil).index
    #expect(scores.samples.map(\.score) == [1] && scores.excluded.count == 2)
  }

  @Test(
    "numbers mixed with names, fractions and negative numbers are refused, and said how to go on")
  func mixtures() throws {
    let mixed = problem(["cat", "1", "dog", "2"])
    #expect(
      mixed.hasPrefix("3: numbers and names are mixed: 2 of 4 labels are numbers such as '1', "))
    #expect(mixed.contains("'cat' (line 2)") && mixed.hasSuffix("set data.classes: names"))
    #expect(problem(["cat", "-1"]).contains("numbers and names are mixed"))
    #expect(
      problem(["1", "1.5"]).hasPrefix("3: class '1.5' is no whole number from 0; is it a score?"))
    #expect(problem(["1", "-2"]).hasPrefix("3: class '-2' is no whole number from 0"))
    #expect(
      problem(["1", "1e99"]).hasPrefix("3: label 1e99 would make 9223372036854775808 classes"))
    let index = try open(["cat", "1", "NA", "-1"]) { $0.classReading = .names }.index
    #expect(index.classNames == ["-1", "1", "NA", "cat"])
    #expect(problem(["a", ""]) { $0.classReading = .names }.contains("1 of 2 rows have no label"))
  }

  @Test("classes without an image are counted; labels from 1 are asked about")
  func gaps() throws {
    #expect(
      try open(["1", "2", "3"]).warnings == [
        "labels up to 3 make 4 classes, of which 1 has no image: 0; do the labels count from 1? The "
          + "model counts from 0"
      ])
    #expect(
      try open(["0", "12"]).warnings == [
        "labels up to 12 make 13 classes, of which 11 have no image: 1, 2, 3, 4, 5, 6, 7, 8 and 3 more"
      ])
    #expect(try open(["1", "0"]).warnings.isEmpty)
  }

  @Test("a label far out is refused before it makes a model of its size")
  func bound() throws {
    #expect(
      problem(["0", "200000"])
        == "3: label 200000 would make 200001 classes of 2 rows, more than 25000; correct it, or set "
        + "data.classes: names if the labels are names")
    #expect(problem(["9223372036854775807"]).contains("would make 9223372036854775808 classes"))
    #expect(try open(["24999"]).index.classNames.count == 25_000)
    #expect(
      try open(["0", "200000"]) { $0.classReading = .names }.index.classNames == ["0", "200000"])
  }
}

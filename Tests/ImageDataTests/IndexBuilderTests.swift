import Foundation
import ImageData
import Tensors
import TestSupport
import Testing

@Suite struct IndexBuilderTests {
  private let builder = IndexBuilder()

  private func error(_ source: String, _ builder: IndexBuilder = IndexBuilder()) -> DataError? {
    do {
      _ = try builder.open(source, world: nil)
      return nil
    } catch { return error as? DataError }
  }

  @Test(
    "class folders: labels in order of names, files in order, unusable ones listed with reasons")
  func folders() throws {
    let folder = try ScratchDirectory()
    try folder.write("b/2.JPEG", ppm(height: 3, width: 5))
    try folder.write("b/1.png", ppm(height: 7, width: 2))
    try folder.write("a/x.jpg", ppm(height: 1, width: 1))
    try folder.write("a/bad.jpg", text: "no image")
    try folder.write("a/empty.jpg", [])
    try folder.write("a/.hidden", ppm(height: 1, width: 1))
    try folder.write(".git/x", ppm(height: 1, width: 1))
    try folder.write("readme.txt", text: "ignored")
    #expect(mkfifo("\(folder.path)/b/pipe", 0o600) == 0)
    let opened = try builder.open(folder.path, world: nil)
    let index = opened.index
    #expect(index.root == folder.path)
    #expect(index.classNames == ["a", "b"])
    #expect(index.samples.map(\.path) == ["a/x.jpg", "b/1.png", "b/2.JPEG"])
    #expect(index.samples.map(\.classIndex) == [0, 1, 1])
    #expect(index.samples.map(\.height) == [1, 7, 3])
    #expect(index.samples.map(\.width) == [1, 2, 5])
    #expect(index.samples.map(\.byteCount) == [14, 53, 56])
    #expect(index.excluded.map(\.path) == ["a/bad.jpg", "a/empty.jpg", "b/pipe"])
    #expect(index.excluded.allSatisfy { !$0.reason.isEmpty })
    #expect(
      opened.warnings.map { String($0.prefix(40)) } == [
        "1 file beside the class folders is left ", "3 of 6 files are unusable and left out, ",
      ])
    #expect(opened.notes == ["2 hidden names are left out, such as '.git'"])
    #expect(opened.wasBuilt)
  }

  @Test("two Unicode forms of a name are two classes and two files; other bytes are told of")
  func namesAreBytes() throws {
    let folder = try ScratchDirectory()
    for name in ["e\u{301}", "\u{E9}"] {
      for file in ["e\u{301}.png", "\u{E9}.png"] {
        try folder.write("\(name)/\(file)", ppm(height: 1, width: 1))
      }
    }
    let bytes = Array("\(folder.path)/x".utf8) + [0xFF, 0]
    #expect(
      bytes.withUnsafeBytes { mkdir($0.assumingMemoryBound(to: CChar.self).baseAddress!, 0o700) }
        == 0)
    let opened = try builder.open(folder.path, world: nil)
    #expect(opened.index.classNames.map { $0.utf8.count } == [3, 2])
    #expect(opened.index.samples.map(\.classIndex) == [0, 0, 1, 1])
    #expect(opened.index.samples.map { $0.path.utf8.count } == [11, 10, 10, 9])
    #expect(
      opened.warnings == ["'x\u{FFFD}' is left out: the name is no valid UTF-8; rename it"])
  }

  @Test("numeric folder names and empty folders are worth a warning")
  func warnings() throws {
    let folder = try ScratchDirectory()
    for name in ["0", "1", "10"] { try folder.write("\(name)/a", ppm(height: 1, width: 1)) }
    try folder.makeFolder("11")
    let warnings = try builder.open(folder.path, world: nil).warnings
    #expect(warnings.count == 2)
    #expect(warnings[0].contains("sort as text"))
    #expect(warnings[1] == "1 of 4 class folders are empty, the first is '11'")
  }

  @Test(
    "a missing folder, an empty one, files without classes and folders of folders say what to do")
  func folderErrors() throws {
    let folder = try ScratchDirectory()
    #expect(
      error("\(folder.path)/none")
        == .unreadable(path: "\(folder.path)/none", reason: "No such file or directory"))
    #expect(error(folder.path) == .noClasses(root: folder.path, hint: "the folder is empty"))
    #expect(error("") == .notGiven)
    try folder.write("a.jpg", ppm(height: 1, width: 1))
    #expect("\(try #require(error(folder.path)))".contains("label them with a manifest"))
    try folder.write("train/cat/a.jpg", ppm(height: 1, width: 1))
    try folder.makeFolder("val")
    #expect("\(try #require(error(folder.path)))".contains("did you mean '\(folder.path)/train'?"))
    try folder.write("train/cat/a.jpg", text: "no image")
    #expect("\(try #require(error("\(folder.path)/train")))".contains("cat/a.jpg: "))
  }

  @Test("a manifest of scores: quotes, CRLF, byte order mark, blank lines, any column order")
  func manifest() throws {
    let folder = try ScratchDirectory()
    try folder.write("p/a,b.png", ppm(height: 2, width: 3))
    try folder.write("p/c.png", ppm(height: 4, width: 5))
    let text = "\u{FEFF}mos,extra,path\r\n77.5,x,\"p/a,b.png\"\r\n\r\n1e1,\"q\"\"q\",p/c.png"
    let manifest = try folder.write("labels.csv", text: text)
    let index = try builder.open(manifest, world: nil).index
    #expect(index.kind == .score)
    #expect(index.samples.map(\.path) == ["p/a,b.png", "p/c.png"])
    #expect(index.samples.map(\.score) == [77.5, 10])
    #expect(index.samples.map(\.width) == [3, 5])
    #expect(index.root == folder.path)
  }

  @Test("a manifest of labels: numbers are labels, words are sorted names, splits select rows")
  func labels() throws {
    let folder = try ScratchDirectory()
    for name in ["a", "b", "c"] { try folder.write("\(name).ppm", ppm(height: 2, width: 2)) }
    let words = try folder.write(
      "words.csv", text: "path;label;split\na.ppm;dog;train\nb.ppm;cat;train\nc.ppm;dog;val\n")
    let opened = try builder.open(words, world: nil)
    #expect(opened.index.classNames == ["cat", "dog"])
    #expect(opened.index.samples.map(\.classIndex) == [1, 0, 1])
    #expect(opened.warnings == ["fields are separated by semicolons"])
    let validation = try IndexBuilder(split: .validation).open(words, world: nil).index
    #expect(validation.samples.map(\.path) == ["c.ppm"])
    #expect(validation.classNames == ["dog"])
    let numbers = try folder.write("numbers.csv", text: "path,label\na.ppm,0\nb.ppm,2\n")
    let index = try builder.open(numbers, world: nil).index
    #expect(index.classNames == ["0", "1", "2"])
    #expect(index.samples.map(\.classIndex) == [0, 2])
  }

  @Test("rating counts become shares")
  func distribution() throws {
    let folder = try ScratchDirectory()
    try folder.write("a.ppm", ppm(height: 2, width: 2))
    let manifest = try folder.write("d.csv", text: "path,c1,c2,c3\na.ppm,1,1,2\n")
    let index = try builder.open(manifest, world: nil).index
    #expect(index.samples.map(\.target) == [.ratings([0.25, 0.25, 0.5])])
  }

  @Test(
    "what is wrong with a manifest is said with file and line",
    arguments: [
      ("", 1, "the manifest is empty"),
      ("mos\n1\n", 1, "expected a column 'path', found mos"),
      ("path,quality\na,1\n", 1, "expected a column 'mos', 'label' or 'c1' to 'cK'"),
      ("path,mos\n", 1, "no rows below the header"),
      ("path,mos\n\na.ppm,high\n", 3, "expected a finite number, found 'high'"),
      ("path,mos\na.ppm,inf\n", 2, "expected a finite number"),
      ("path,mos\na.ppm,nan\n", 2, "1 of 1 rows have no score: line 2 ('nan'); correct them"),
      ("path,mos\na.ppm,\"0,5\"\n", 2, "found '0,5'; write it with a point"),
      ("path,mos,MOS\na.ppm,1,2\n", 1, "2 columns are called 'mos'"),
      ("path,mos\na.ppm\n", 2, "expected 2 fields as in the header, found 1"),
      ("path,mos\n\"a.ppm,1\n", 2, "a quote is never closed"),
      ("path,mos\n../a.ppm,1\n", 2, "lies outside"),
      ("path,mos\n/etc/passwd,1\n", 2, "lies outside"),
      ("path,mos\n,1\n", 2, "the path is empty"),
    ])
  func manifestErrors(text: String, line: Int, problem: String) throws {
    let folder = try ScratchDirectory()
    let manifest = try folder.write("labels.csv", text: text)
    guard case .manifest(manifest, line, let found) = error(manifest) else {
      Issue.record("expected an error on line \(line), got \(String(describing: error(manifest)))")
      return
    }
    #expect(found.contains(problem), "\(found)")
  }

  @Test("an index file opens without looking at the images")
  func indexFile() throws {
    let folder = try ScratchDirectory()
    let index = index(ofSizes: imageNetSizes(10))
    try index.write(to: "\(folder.path)/x.index")
    let opened = try builder.open("\(folder.path)/x.index", world: nil)
    #expect(opened.index == index)
    #expect(!opened.wasBuilt)
  }
}

@Suite struct ManifestFuzzTests {
  @Test("damaged manifests give an index or an error, never a crash")
  func mutations() throws {
    let folder = try ScratchDirectory()
    for name in ["a", "b"] { try folder.write(name, ppm(height: 2, width: 2)) }
    let text = Array("path,mos,split\r\na,1.5,train\r\n\"b\",2e0,val\r\na,3,test\r\n".utf8)
    let specials = Array("\",;\t\r\n\\\0.-eE/".utf8) + [0xFF, 0xC3, 0xEF]
    var random = RandomStream(seed: 12, purpose: .test)
    for _ in 0..<500 {
      var bytes = text
      for _ in 0..<(1 + random.integer(below: 4)) {
        bytes[random.integer(below: bytes.count)] = specials[random.integer(below: specials.count)]
      }
      let manifest = try folder.write("m.csv", bytes)
      do {
        let index = try IndexBuilder().open(manifest, world: nil).index
        #expect(index.samples.allSatisfy { ["a", "b"].contains($0.path) })
      } catch { #expect(error is DataError) }
    }
  }
}

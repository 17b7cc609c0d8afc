import ImageData
import Labels
import TestSupport
import Testing

@Suite struct SampleIndexTests {
  private let tricky = SampleIndex(
    root: "/data\twith tab", kind: .classes, classNames: ["n01", "back\\slash", "ü"],
    samples: [
      Sample(
        path: "n01/a b.JPEG", target: .classIndex(0), height: 1, width: 4000, byteCount: 51843),
      Sample(
        path: "line\nbreak\r\\n.png", target: .classIndex(2), height: 65500, width: 12,
        byteCount: 1 << 40),
    ],
    excluded: [.init(path: "n01/bad", reason: "no\timage")])

  @Test("an index survives the file, tabs and line breaks in names included")
  func roundTrip() throws {
    #expect(try SampleIndex.parse(tricky.bytes, file: "x") == tricky)
    let folder = try ScratchDirectory()
    try tricky.write(to: "\(folder.path)/index.txt")
    #expect(try SampleIndex(file: "\(folder.path)/index.txt") == tricky)
  }

  @Test("scores and distributions keep every bit")
  func targets() throws {
    for target: Label in [.score(77.3836), .score(-0.1), .score(1e-30)] {
      let index = SampleIndex(
        root: "r", kind: .score,
        samples: [Sample(path: "a", target: target, height: 2, width: 3)])
      #expect(try SampleIndex.parse(index.bytes, file: "x") == index)
    }
    let index = SampleIndex(
      root: "r", kind: .ratings,
      samples: [Sample(path: "a", target: .ratings([0.1, 0.3, 0.6]), height: 2, width: 3)])
    #expect(try SampleIndex.parse(index.bytes, file: "x") == index)
    #expect(abs(index[0].score - 2.5) < 1e-6)
  }

  @Test("the digest covers content and not the root")
  func digest() {
    var moved = tricky
    moved.root = "/elsewhere"
    #expect(moved.digest == tricky.digest)
    var changed = tricky
    changed.samples[0].width += 1
    #expect(changed.digest != tricky.digest)
    changed = tricky
    changed.samples[0].byteCount += 1
    #expect(changed.digest != tricky.digest)
    changed = tricky
    changed.classNames[0] = "n02"
    #expect(changed.digest != tricky.digest)
  }

  @Test("what cannot be used is no part of the digest")
  func digestOfUsable() {
    var changed = tricky
    changed.excluded = []
    #expect(changed.digest == tricky.digest)
    #expect(changed.bytes != tricky.bytes)
  }

  @Test("an index of the version before says so; another file is no index")
  func versions() {
    #expect(
      throws: DataError.index(
        path: "x", line: 1,
        problem: "expected 'musiq-index 2', found 'musiq-index 1': an index of another version")
    ) { try SampleIndex.parse(Array("musiq-index 1\nroot\t/\n".utf8), file: "x") }
    #expect(
      throws: DataError.index(
        path: "x", line: 1, problem: "expected 'musiq-index 2'; this is no index")
    ) { try SampleIndex.parse(Array("path,mos\n".utf8), file: "x") }
  }

  @Test("every truncation and every flipped byte is found, with a line")
  func damage() throws {
    let bytes = tricky.bytes
    for length in 0..<bytes.count {
      #expect(throws: DataError.self) {
        try SampleIndex.parse(Array(bytes.prefix(length)), file: "x")
      }
    }
    // The root is not part of the hash.
    let start = try #require(bytes.firstRange(of: Array("\nkind".utf8))?.lowerBound) + 1
    for position in start..<bytes.count - 1 {
      var bytes = bytes
      bytes[position] ^= 0x04
      #expect(throws: DataError.self, "byte \(position)") {
        try SampleIndex.parse(bytes, file: "x")
      }
    }
  }

  @Test("a count that cannot be true is refused before memory is taken")
  func lyingCount() {
    let text =
      "musiq-index 2\nroot\t/\nkind\tquality\nclasses\t0\nsamples\t999999999\n"
    #expect(
      throws: DataError.index(
        path: "x", line: 5, problem: "999999999 entries do not fit in the file")
    ) { try SampleIndex.parse(Array(text.utf8), file: "x") }
  }

  @Test("classes that differ are refused with the first difference")
  func classes() throws {
    var other = tricky
    other.classNames[1] = "other"
    #expect(throws: DataError.self) { try tricky.checkClasses(match: other) }
    try tricky.checkClasses(match: tricky)
  }
}

// Synthetic data sets are complete, readable, repeatable, and graded as documented.

import Foundation
import ImageCodecs
import Labels
import SyntheticImages
import Testing

@Suite("Synthesis") struct SynthesisTests {
  /// Runs `body` with the name of a folder that does not exist yet, and removes it afterwards.
  private func inFolder<Result>(_ body: (String) throws -> Result) rethrows -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("synthesis-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  private func files(in folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return all.filter { $0.contains(".") }.sorted()
  }

  @Test("classification gives ImageNet folders of readable images")
  func classification() throws {
    try inFolder { folder in
      let synthesis = try Synthesis(
        SynthesisRequest(kind: .classes, count: 40, seed: 3, output: folder))
      let summary = try synthesis.write()
      #expect(summary.files == 40 && summary.bytes > 40 * 1000)
      let written = files(in: folder)
      #expect(written.count == 42)
      #expect(written.contains("train/n90000001/n90000001_0.JPEG"))
      #expect(written.contains("val/n90000008/n90000008_4.JPEG"))
      #expect(written.filter { $0.hasPrefix("val/") }.count == 8)
      let names = synthesis.classNames.map(\.folder)
      #expect(names == names.sorted() && Set(names).count == 8)
      for path in written where path.hasSuffix(".JPEG") {
        let image = try ImageDecoder.decode(file: folder + "/" + path)
        #expect((64...640).contains(image.width) && (64...640).contains(image.height))
      }
    }
  }

  @Test("quality data has a score for every image, falling with severity")
  func quality() throws {
    try inFolder { folder in
      let synthesis = try Synthesis(
        SynthesisRequest(kind: .score, count: 10, seed: 3, output: folder))
      _ = try synthesis.write()
      let labels = try String(contentsOfFile: folder + "/labels.csv", encoding: .utf8)
      let lines = labels.split(separator: "\n")
      #expect(lines.first == "path,mos" && lines.count == 11)
      for line in lines.dropFirst() {
        let cells = line.split(separator: ",")
        let score = try #require(Double(cells[1]))
        #expect((0...100).contains(score))
        _ = try ImageDecoder.decode(file: folder + "/" + cells[0])
      }
    }
  }

  @Test("scores cover the range and do not depend on rendering")
  func scores() throws {
    let synthesis = try Synthesis(SynthesisRequest(kind: .score, count: 400, output: "unused"))
    let scores = (0..<400).compactMap { synthesis.meanOpinionScore(ofSample: $0) }
    #expect(scores.count == 400)
    #expect(scores.max() ?? 0 > 88 && scores.min() ?? 100 < 20)
    // One in eight is pristine: 50 ± 20 of 400 within three deviations of 92.
    #expect((30...75).contains(scores.filter { $0 > 87.5 }.count))
  }

  @Test("an image is the same whoever renders it, and differs with the seed")
  func repeatable() throws {
    for kind in [LabelKind.classes, .score] {
      let request = SynthesisRequest(kind: kind, count: 80, seed: 5, output: "unused", classes: 16)
      let synthesis = try Synthesis(request)
      let first = try (0..<16).map { try synthesis.render(sample: $0) }
      for sample in (0..<16).reversed() {
        #expect(try synthesis.render(sample: sample) == first[sample])
      }
      #expect(Set(first.map(\.path)).count == 16)
      var other = request
      other.seed = 6
      #expect(try Synthesis(other).render(sample: 2).bytes != first[2].bytes)
    }
  }

  @Test("writing twice is allowed, writing over something else is not")
  func occupied() throws {
    try inFolder { folder in
      let request = SynthesisRequest(kind: .score, count: 2, output: folder)
      let first = try Synthesis(request).write()
      #expect(try Synthesis(request).write().bytes == first.bytes)
      var other = request
      other.count = 3
      #expect(throws: SynthesisError.occupied(folder: folder, found: "README.txt")) {
        try Synthesis(other).write()
      }
      #expect(
        SynthesisError.occupied(folder: "d", found: "README.txt").description
          == "d is not empty (README.txt) and was not made by the same request; name another "
          + "folder, or remove this one")
    }
  }

  @Test("requests that cannot be met are refused with every reason")
  func unusable() {
    let request = SynthesisRequest(kind: .classes, count: 3, output: "", classes: 17)
    #expect(request.problems().map(\.key) == ["classes", "count", "output"])
    #expect(throws: SynthesisError.self) { try Synthesis(request) }
    let ratings = SynthesisRequest(kind: .ratings, count: 3, output: "d")
    let problem = "expected classification or quality, found distribution"
    #expect(ratings.problems().map(\.message) == [problem])
  }
}

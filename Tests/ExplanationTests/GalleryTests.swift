import Explanation
import Files
import Foundation
import ModelTestSupport
import MUSIQ
import Tables
import TestSupport
import Testing

@Suite struct GalleryTests {
  let scratch: ScratchDirectory
  static let awkward = "<b>&\"'#1?100%\n\u{202E}مرحبا.png"

  init() throws {
    _ = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  private func write(
    _ rows: [ExplanationRow], _ images: ExplainedImages
  ) throws -> (html: String, csv: [[String]]) {
    let gallery = Gallery(
      rows, explainer: try Explainer(checkpoint: images.model.path), request: ExplanationRequest(),
      hasEmbedding: false)
    var files = try ExplanationFiles(scratch.file("why"))
    try gallery.write(to: &files)
    #expect(files.names == ["summary.csv", "index.html"])
    let html = try String(contentsOfFile: scratch.file("why/index.html"), encoding: .utf8)
    let bytes = try FileSystem.read(scratch.file("why/summary.csv"))
    return (html, CommaSeparated.completeRows(bytes).rows)
  }

  /// The numbers in the anchors of the articles, from the top.
  private func anchors(_ html: String) -> [Int] {
    html.matches(of: #/<article id="image-(\d+)"/#).compactMap { Int($0.1) }
  }

  @Test("every link of the page leads to a file or to a place of the page, whatever names are")
  func links() throws {
    var images = try ExplainedImages(scratch)
    for (seed, name) in ["a/\(Self.awkward)", "b/\(Self.awkward)", "plain.png"].enumerated() {
      try images.add(name, seed: seed)
    }
    let rows = try images.explain(images.paths + [scratch.file("none<i>.png")])
    let html = try write(rows, images).html
    let links = html.matches(of: #/(?:href|src)="([^"]*)"/#).map { String($0.1) }
    #expect(links.count > 30)
    for link in links {
      if let place = link.split(separator: "#").first, link.hasPrefix("#") {
        #expect(html.contains("id=\"\(place)\""), "\(link)")
      } else {
        let path = try #require(link.removingPercentEncoding)
        #expect((try? FileStatus(scratch.file("why/\(path)"))) != nil, "\(link)")
      }
    }
    #expect(html.contains("&lt;b&gt;&amp;&quot;&#39;#1?100%␊"))
    #expect(html.contains("none&lt;i&gt;.png") && !html.contains("<b>") && !html.contains("<i>"))
    for outside in ["<script", "http:", "https:", "url("] { #expect(!html.contains(outside)) }
    // Every image is described.
    #expect(html.matches(of: #/<img /#).count == 6)
    #expect(html.matches(of: #/<img [^>]*alt="[^"]+"/#).count == 6)
  }

  @Test("images stand best first, by the direction of the score", arguments: [false, true])
  func order(lowerIsBetter: Bool) throws {
    var images = try ExplainedImages(
      scratch, score: ScoreConfiguration(lowerIsBetter: lowerIsBetter))
    for seed in 0..<6 { try images.add("\(seed).png", seed: seed) }
    let rows = try images.explain(images.paths)
    let (html, csv) = try write(rows, images)
    let scores = try rows.map { try #require($0.result).verdict.value }
    let expected = scores.indices.sorted { (scores[$0] < scores[$1]) == lowerIsBetter }
    #expect(Set(scores).count == 6 && anchors(html) == expected.map { $0 + 1 })

    #expect(
      csv[0].prefix(3) == ["image", "folder", "score"] && csv[0].suffix(2) == ["status", "error"])
    for (line, row) in zip(csv.dropFirst(), rows) {
      let fields = Dictionary(uniqueKeysWithValues: zip(csv[0], line))
      let result = try #require(row.result)
      #expect(fields["image"] == row.path && fields["status"] == "ok")
      #expect(fields["score"] == "\(result.verdict.value)")
      for scale in result.scales {
        #expect(fields["attention_\(scale.name)"] == "\(scale.mass)")
        #expect(fields["without_\(scale.name)"] == "\(try #require(scale.without))")
      }
    }
  }

  @Test("a classifier's images stand by class, and show its name and probability")
  func classes() throws {
    let score = ScoreConfiguration(kind: .fixed(.classes), names: ["ant", "bee & wasp", "cat"])
    var images = try ExplainedImages(scratch, outputs: 3, score: score)
    for seed in 0..<6 { try images.add("\(seed).png", seed: seed) }
    let rows = try images.explain(images.paths + [scratch.file("none.png")])
    let (html, csv) = try write(rows, images)
    #expect(csv[0][2..<5] == ["class", "class_index", "probability"])
    let keys = try rows.dropLast().map { row in
      guard case .probability(let p, let index, let name) = try #require(row.result).verdict else {
        throw CancellationError()
      }
      #expect(name == score.names[index])
      return (index, -p)
    }
    #expect(anchors(html) == keys.indices.sorted { keys[$0] < keys[$1] }.map { $0 + 1 })
    for (line, key) in zip(csv.dropFirst(), keys) {
      #expect(line[2..<5] == [score.names[key.0], "\(key.0)", "\(-key.1)"])
    }
    let last = try #require(csv.last)
    #expect(last.count == csv[0].count && last[csv[0].count - 2] == "error")
    #expect(keys.contains { $0.0 == 1 } == html.contains("bee &amp; wasp"))
  }

  @Test("the table has the scales of one image, or an image a line")
  func table() throws {
    var images = try ExplainedImages(scratch)
    for seed in 0..<2 { try images.add("line\n\(seed).png", seed: seed) }
    let rows = try images.explain(images.paths)
    func lines(_ rows: [ExplanationRow]) throws -> [Substring] {
      Gallery(
        rows, explainer: try Explainer(checkpoint: images.model.path),
        request: ExplanationRequest(), hasEmbedding: false
      ).table.split(separator: "\n")
    }
    #expect(try lines([rows[0]]).map { $0.prefix(6) }.contains("native"))
    let both = try lines(rows)
    #expect(both.count == 3 && both[0].hasSuffix("image") && both[1].hasSuffix("line␊0.png"))
  }
}

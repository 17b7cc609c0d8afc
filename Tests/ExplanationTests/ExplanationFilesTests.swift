import Explanation
import Figures
import Foundation
import ImageCodecs
import Inference
import MUSIQ
import ModelExchange
import ModelTestSupport
import TestSupport
import Testing

@Suite struct ExplanationFilesTests {
  let scratch: ScratchDirectory

  init() throws {
    _ = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  private func decoded(_ path: String) throws -> PixelImage { try ImageDecoder.decode(file: path) }

  @Test("figures can be read, arrays are the maps, and the numbers are in the report")
  func attention() throws {
    let model = try ExplainedModel(in: scratch, .tiny())
    let explainer = try Explainer(checkpoint: model.path)
    let image = tinyImages[0].image
    let explanation = try explainer.explain(image)
    let folder = scratch.file("a/b")
    for interpolation in OverlayStyle.Interpolation.allCases {
      var files = try ExplanationFiles(folder)
      let request = ExplanationRequest(
        style: OverlayStyle(
          colors: .magma, alpha: 1, normalization: .joint, interpolation: interpolation))
      try files.write(
        explanation, of: image, path: "x/some.png", request: request, explainer: explainer)
      #expect(
        files.names == [
          "attention_16.png", "attention_24.png", "attention_native.png", "panel.png",
          "attention.npz", "attention.json",
        ])
    }
    for (name, height, width) in [("16", 352, 512), ("24", 374, 528), ("native", 380, 532)] {
      let figure = try decoded("\(folder)/attention_\(name).png")
      #expect((figure.height, figure.width) == (height, width), "\(name)")
    }
    #expect(try decoded("\(folder)/panel.png").width > 1200)

    let arrays = try NPZArrays.read("\(folder)/attention.npz")
    #expect(
      arrays.map(\.name) == [
        "attention_16", "seen_16", "attention_24", "seen_24", "attention_native", "seen_native",
        "class_token_share",
      ])
    for (index, map) in explanation.maps.enumerated() {
      #expect(arrays[2 * index].values == map.values)
      #expect(arrays[2 * index].shape == [map.scale.rows, map.scale.columns])
      #expect(arrays[2 * index + 1].values.reduce(0, +) == Float(map.scale.tokens))
    }

    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/attention.json"))
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let scales = try #require(json["scales"] as? [[String: Any]])
    let share = try #require(json["class_token_share"] as? Double)
    let total = scales.reduce(share) { $0 + ($1["attention_mass"] as? Double ?? .nan) }
    #expect(abs(total - 1) <= 1e-6)
    #expect(scales.map { $0["name"] as? String } == ["16", "24", "native"])
    #expect((json["parameters_sha256"] as? String)?.count == 64)
    #expect((json["options"] as? [String: Any])?["normalize"] as? String == "joint")
  }

  @Test("with full opacity a patch has the color of its share, and what was not seen is hatched")
  func colors() throws {
    let model = try ExplainedModel(in: scratch, .tiny())
    var override: [String] { ["model.multiscale.nativePatchCap=5"] }
    let explainer = try Explainer(checkpoint: model.path, overrides: override)
    let image = GoldenImage(height: 24, width: 32, seed: 3).image
    let explanation = try explainer.explain(image, ablates: false)
    let map = explanation.maps[2]
    #expect(map.scale.tokens == 5 && map.values.count == 12)
    let folder = scratch.file("out")
    var files = try ExplanationFiles(folder)
    let style = OverlayStyle(colors: .gray, alpha: 1, interpolation: .patches)
    try files.write(
      explanation, of: image, path: "x", request: ExplanationRequest(style: style),
      explainer: explainer)
    let figure = try decoded("\(folder)/attention_native.png")
    #expect((figure.height, figure.width) == (384, 512))
    func pixel(row: Int, column: Int) -> UInt8 {
      figure.pixels[((row * 128 + 64) * 512 + column * 128 + 64) * 3]
    }
    let (low, high) = (map.range.lowerBound, map.range.upperBound)
    for patch in 0..<5 {
      let expected = (map.values[patch] - low) / (high - low) * 255
      #expect(abs(Float(pixel(row: patch / 4, column: patch % 4)) - expected) <= 1)
    }
    let unseen = (0..<128).map { figure.pixels[((320) * 512 + 200 + $0) * 3] }
    #expect(Set(unseen).count > 1, "hatched")
  }

  @Test("cosines are those of the definition, symmetric, 1 with itself and 0 for rows of zeros")
  func cosines() {
    let table = randomValues("table", 4 * 6) + [Float](repeating: 0, count: 6)
    let cosines = EmbeddingSimilarity.cosines(table, columns: 6)
    for a in 0..<5 {
      for b in 0..<5 {
        let (x, y) = (table[a * 6..<a * 6 + 6].doubles, table[b * 6..<b * 6 + 6].doubles)
        func dot(_ x: [Double], _ y: [Double]) -> Double {
          zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let norm = (dot(x, x) * dot(y, y)).squareRoot()
        let expected = norm == 0 ? 0 : dot(x, y) / norm
        #expect(abs(Double(cosines[a * 5 + b]) - expected) <= 1e-7)
        #expect(cosines[a * 5 + b] == cosines[b * 5 + a])
      }
      #expect(cosines[a * 5 + a] == (a < 4 ? 1 : 0))
    }
  }

  @Test("the embedding panel needs no image")
  func embedding() throws {
    let model = try ExplainedModel(in: scratch, .tiny())
    let explainer = try Explainer(checkpoint: model.path)
    let similarity = try EmbeddingSimilarity(explainer)
    var files = try ExplanationFiles(scratch.path)
    try files.write(similarity, colors: .viridis, explainer: explainer)
    #expect(files.names == ["hse.png", "hse.npz", "hse.json"])
    let arrays = try NPZArrays.read(scratch.file("hse.npz"))
    #expect(arrays.map(\.shape) == [[9, 9], [3, 3]])
    #expect(arrays[0].values == similarity.positions)
    #expect(try decoded(scratch.file("hse.png")).height > 200)
  }
}

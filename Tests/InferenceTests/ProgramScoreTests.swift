// The program, from a file of weights to a score, against the golden data.

import Foundation
import ImageCodecs
import MUSIQ
import ModelExchange
import ModelTestSupport
import TestSupport
import Testing

@Suite(.serialized) struct ProgramScoreTests {
  let scratch: ScratchDirectory

  init() throws {
    _ = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  @Test("the program gives the golden score of the full model, from .npz and from its import")
  func golden() throws {
    let golden = try #require(try Golden.load().model.first { $0.name == "full-depth" })
    let image = golden.images[0]
    let run = ModelRun(MUSIQConfiguration(outputCount: 1), seed: nil)
    let (npz, checkpoint) = (scratch.file("golden.npz"), scratch.file("golden.h5"))
    try NPZFile.write(run.parameters, configuration: nil, to: npz)
    let png = scratch.file("image.png")
    try Data(
      PNGEncoder.encode(
        PixelImage(height: image.height, width: image.width, pixels: image.pixels))
    ).write(to: URL(fileURLWithPath: png))
    let imported = try Program.run(["checkpoint", "import", npz, "-o", checkpoint], in: scratch)
    #expect(imported.code == 0, "\(imported.errors)")
    #expect(imported.output.contains("matched 248, missing 0"))
    var lines: [[String: Any]] = []
    for file in [npz, checkpoint] {
      let outcome = try Program.run(
        ["predict", "--checkpoint", file, "--format", "jsonl", png], in: scratch)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let row = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
      lines.append(try #require(row as? [String: Any]))
    }
    for row in lines {
      let logit = try #require((row["logits"] as? [Double])?.first)
      #expect(abs(logit - golden.logits[0][0]) <= 1e-4 * abs(golden.logits[0][0]))
      #expect(row["score"] as? Double == logit)
      #expect(row["tokens"] as? Int == 291)
    }
    #expect(lines[0]["score"] as? Double == lines[1]["score"] as? Double)
    #expect(lines[0]["parameters_sha256"] as? String == lines[1]["parameters_sha256"] as? String)
  }
}

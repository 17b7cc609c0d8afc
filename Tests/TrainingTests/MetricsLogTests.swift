import Foundation
import TestSupport
import Testing
import Training

@Suite(.serialized) struct MetricsLogTests {
  @Test("every line is one JSON object; steps have the documented keys")
  func keys() throws {
    let tiny = try TinyTraining()
    try tiny.train("run", ["run.evaluateEveryEpochs=1"])
    let text = try String(contentsOfFile: tiny.scratch.file("run/metrics.jsonl"), encoding: .utf8)
    #expect(text.hasSuffix("\n"))
    let events = try tiny.events("run")
    #expect(events.count == text.split(separator: "\n").count)
    #expect(events.first?["event"] as? String == "start")
    for event in events {
      for key in ["event", "step", "epoch", "time"] { #expect(event[key] != nil, "\(event)") }
    }
    let steps = try tiny.events("run", "step")
    #expect(steps.count == 6)
    for (number, step) in steps.enumerated() {
      #expect(step["step"] as? Int == number + 1)
      for key in [
        "epoch", "loss", "gradientNorm", "learningRate", "imagesPerSecond", "accuracy",
        "peakResidentGiB",
      ] {
        #expect((step[key] as? Double)?.isFinite == true, "\(key) of \(step)")
      }
      let seconds = try #require(step["seconds"] as? [String: Double])
      #expect(Set(seconds.keys) == ["total", "data", "compute", "communication", "wait"])
      #expect(seconds.values.allSatisfy { $0 >= 0 && $0 <= seconds["total"]! + 1e-9 })
    }
    // Warm-up over two steps: half of the peak, the peak, then down the cosine.
    let rates = steps.compactMap { $0["learningRate"] as? Double }
    #expect(rates.max() == 0.001 && rates.last! < rates[3], "\(rates)")
    let evaluations = try tiny.events("run", "evaluation")
    #expect(evaluations.count == 2)
    #expect(evaluations.allSatisfy { $0["top1"] is Double && $0["loss"] is Double })
    let checkpoints = try tiny.events("run", "checkpoint")
    #expect(checkpoints.count == 1 && (checkpoints[0]["bytes"] as? Int ?? 0) > 100_000)
  }

  @Test("a resume appends; nothing is rewritten")
  func append() throws {
    let tiny = try TinyTraining()
    try tiny.train("run", ["run.steps=2"])
    let path = tiny.scratch.file("run/metrics.jsonl")
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    try tiny.train("run")
    let after = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(after.count > before.count && after.starts(with: before))
  }

  @Test("a log that cannot be written does not stop training")
  func unwritable() throws {
    let tiny = try TinyTraining()
    try FileManager.default.createDirectory(
      atPath: tiny.scratch.file("run/metrics.jsonl"), withIntermediateDirectories: true)
    #expect(try tiny.train("run", ["run.steps=1"]).state.step == 1)
  }
}

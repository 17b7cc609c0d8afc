import Files
import Foundation
import RunConfig
import TestSupport
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#endif

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
    #expect(checkpoints.last?["step"] as? Int == 6)
    #expect(checkpoints.allSatisfy { ($0["bytes"] as? Int ?? 0) > 100_000 })
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

  @Test("a line that a power cut has torn is cut off; a whole one without an end gets one")
  func torn() throws {
    let tiny = try TinyTraining()
    try tiny.train("run", ["run.steps=2"])
    let path = tiny.scratch.file("run/metrics.jsonl")
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for (number, tail) in [Data("{\"event\":\"st".utf8), Data([0, 0, 0])].enumerated() {
      try (whole + tail).write(to: URL(fileURLWithPath: path))
      try tiny.train("run", ["run.steps=\(3 + number)"])
      // Every line is an object: `events` fails otherwise.
      #expect(try tiny.events("run", "resume").count == 1)
      let after = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(after.starts(with: whole + Data("{\"detail\"".utf8)))
    }
    try whole.dropLast().write(to: URL(fileURLWithPath: path))
    try tiny.train("run", ["run.steps=5"])
    let after = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(after.starts(with: whole))
  }

  @Test("a full disk does not stop training; it is told at once, at intervals, and when it is over")
  func full() throws {
    let scratch = try ScratchDirectory()
    let tiny = try TinyTraining()
    let description = try RunDescription(RunAssembly(tiny.configuration(), world: tiny.world))
    var told: [String] = []
    var room = 0
    var calls = SystemCalls()
    calls.write = { descriptor, bytes, count in
      guard count <= room else {
        errno = ENOSPC
        return -1
      }
      return write(descriptor, bytes, count)
    }
    let path = scratch.file("metrics.jsonl")
    let log = MetricsLog(
      try LineFile(appendingTo: path, calls: calls), of: description, warningInterval: 0.2
    ) { told.append($0) }
    func event() {
      log.receive(.resume(from: "a"), at: RunMoment(step: 1, epoch: 0))
    }
    for _ in 0..<3 { event() }
    #expect(told.count == 1)
    #expect(told[0].hasSuffix("cannot be written, training goes on: No space left on device"))
    usleep(250_000)
    event()
    #expect(told.count == 2)
    room = 1000
    event()
    event()
    #expect(told.count == 3 && told[2] == "\(path) is written again; 4 events are missing")
    #expect(try FileSystem.read(path).count { $0 == 0x0A } == 2)
  }
}

import Configuration
import Foundation
import RunConfig
import Testing

@Suite struct RunConfigurationTests {
  @Test("the defaults have no problems")
  func defaults() throws {
    let resolved = try RunConfiguration.resolve()
    #expect(resolved.configuration == RunConfiguration())
    #expect(resolved.tree.leaves.allSatisfy { $0.node.origin == .builtIn })
    #expect(resolved.tree.leaves.contains { $0.path == "optimizer.learningRate" })
  }

  @Test("the resolved text reads back as the same configuration and the same text")
  func roundTrip() throws {
    let configuration = try RunConfiguration.resolve(
      environment: ["MUSIQ_SET": "run.seed=18446744073709551615"],
      overrides: [
        "optimizer.kind=sgd", "data.train=/data/a b: c", "augmentation.crop.area=[0.3, 1]",
        "model.multiscale.longerSideLengths=[128]", "optimizer.learningRate=1e-3",
      ]
    ).configuration
    let again = try RunConfiguration.read(yaml: configuration.yaml, named: "config.yaml")
    #expect(again == configuration)
    #expect(again.yaml == configuration.yaml)
    #expect(configuration.yaml.contains("\noptimizer:\n  kind: sgd\n  learningRate: 0.001\n"))
    #expect(configuration.yaml.contains("  seed: 18446744073709551615\n"))
  }

  @Test("differences name the keys with both values")
  func differences() throws {
    var other = RunConfiguration()
    other.optimizer.learningRate = 0.5
    other.model.multiscale.longerSideLengths = [128]
    let found = RunConfiguration().differences(from: other)
    #expect(found.map(\.path) == ["model.multiscale.longerSideLengths", "optimizer.learningRate"])
    #expect(found.map(\.this) == ["[224, 384]", "0.001"])
    #expect(found.map(\.other) == ["[128]", "0.5"])
  }

  @Test("every section reports its own ranges under its own name")
  func ranges() throws {
    let wrong = [
      "model.headCount=0", "model.multiscale.patchSize=0", "data.loaderThreads=0",
      "augmentation.flipProbability=1.5", "augmentation.crop.area=[0.5]", "optimizer.momentum=1",
      "schedule.epochs=0", "parallel.bucketMegabytes=0", "checkpoint.keepLast=0", "run.steps=-1",
      "objective.exponent=0.5", "data.scoreRange=[5, 1]", "data.targets=[mos, MOS]",
      "data.split.ratio=[1]", "data.split.column=",
    ]
    for override in wrong {
      let key = String(override.split(separator: "=")[0])
      do {
        _ = try RunConfiguration.resolve(overrides: [override])
        Issue.record("expected \(override) to be refused")
      } catch {
        guard case .invalid(let problems) = error else {
          Issue.record("expected a range error for \(override), got \(error)")
          continue
        }
        #expect(problems.map(\.path) == [key])
        #expect(problems[0].source == .override(override))
      }
    }
  }

  @Test("a batch smaller than the shards names both keys and what to do")
  func batchSmallerThanShards() {
    do {
      _ = try RunConfiguration.read(yaml: "parallel: {globalBatchSize: 16}", named: "demo.yaml")
      Issue.record("expected an error")
    } catch {
      #expect(
        "\(error)"
          == "invalid configuration: parallel.globalBatchSize: expected at least one image per "
          + "gradient shard, found 16 images for parallel.gradientShards = 64; raise "
          + "parallel.globalBatchSize to 64 or lower parallel.gradientShards to 16 (demo.yaml:1:29)"
      )
    }
  }

  @Test(
    "usual names of other programs lead to the key",
    arguments: [
      ("lr: 1", "optimizer.learningRate"), ("learning_rate: 1", "optimizer.learningRate"),
      ("parallel: {batchSize: 8}", "parallel.globalBatchSize"),
      ("model: {layers: 2}", "model.layerCount"), ("num_workers: 2", "parallel.workers"),
    ])
  func suggestions(yaml: String, key: String) {
    do {
      _ = try RunConfiguration.read(yaml: yaml, named: "demo.yaml")
      Issue.record("expected an error")
    } catch {
      #expect("\(error)".hasSuffix("; did you mean '\(key)'?"), "\(error)")
    }
  }

  @Test("every file in configs/ can be used")
  func files() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("configs")
      .path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names.count > 7)
    for name in names where name.hasSuffix(".yaml") {
      let defaults = name.hasPrefix("finetune") ? RunConfiguration.fineTuning() : RunConfiguration()
      #expect(throws: Never.self, "\(name)") {
        try RunConfiguration.resolve(defaults: defaults, files: ["\(folder)/\(name)"])
      }
    }
  }

  @Test("more workers than shards is refused at launch")
  func launchCheck() throws {
    try RunConfiguration().check(ranks: 32, workers: 2)
    do {
      try RunConfiguration().check(ranks: 33, workers: 2)
      Issue.record("expected an error")
    } catch {
      #expect("\(error)".contains("parallel.gradientShards to 66"))
    }
  }
}

import Configuration
import RunConfig
import Testing

@Suite struct RunConfigurationTests {
  @Test("the defaults have no problems")
  func defaults() throws {
    let resolved = try RunConfiguration.resolve()
    #expect(resolved.configuration == RunConfiguration())
    #expect(resolved.origins.allSatisfy { $0.origin == .builtIn })
    #expect(resolved.origins.contains { $0.path == "optimizer.learningRate" })
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

import Configuration
import Testing

@Suite struct ConfigurationSectionTests {
  private func problems(_ change: (inout SampleConfiguration) -> Void) -> [String] {
    var configuration = SampleConfiguration()
    change(&configuration)
    return configuration.problems().map { "\($0.key): \($0.message)" }
  }

  @Test("defaults have no problems")
  func defaults() {
    #expect(problems { _ in } == [])
  }

  @Test("a value out of range is told with range, unit and value")
  func ranges() {
    #expect(
      problems { $0.model.hiddenSize = 0 } == ["model.hiddenSize: expected 1 to 65536, found 0"])
    #expect(
      problems { $0.model.layerCount = 1025 }
        == ["model.layerCount: expected 1 to 1024 blocks, found 1025"])
    #expect(
      problems { $0.model.scales.longerSideLengths = [384, 224] }
        == ["model.scales.longerSideLengths: expected ascending lengths, found [384, 224]"])
    #expect(
      problems { $0.model.scales.channels = 2 }
        == ["model.scales.channels: expected 1 (luma) or 3 (RGB), found 2"])
    #expect(
      problems { $0.optimizer.learningRate = 0 }
        == ["optimizer.learningRate: expected a positive number up to 1000, found 0.0"])
    #expect(
      problems { $0.optimizer.beta1 = 1 }
        == ["optimizer.beta1: expected at least 0 and less than 1, found 1.0"])
    #expect(
      problems { $0.optimizer.epsilon = 0 }
        == ["optimizer.epsilon: expected 1e-30 to 1, found 0.0"])
    #expect(
      problems { $0.optimizer.share = .nan }
        == ["optimizer.share: expected a share from 0 to 1, found nan"])
    #expect(problems { $0.run.column = " " } == ["run.column: expected a word, found none"])
    #expect(
      problems { $0.run.minutes = -1 }
        == ["run.minutes: expected 0 to 1000000 minutes, found -1.0"])
  }

  @Test("problems are all told, in the order of the table")
  func order() {
    let found = problems {
      $0.run.column = ""
      $0.optimizer.beta1 = -1
      $0.model.scales.channels = 0
      $0.model.hiddenSize = -1
    }
    #expect(
      found.map { $0.prefix { $0 != ":" } } == [
        "model.hiddenSize", "model.scales.channels", "optimizer.beta1", "run.column",
      ])
  }

  @Test("values that contradict each other are told when each is in its range")
  func together() {
    // 14 layers want a multiple of 2; the check would divide by zero with fewer than 7.
    #expect(
      problems { $0.model.hiddenSize = 3 }
        == ["model.hiddenSize: expected a multiple of 2, found 3"])
    #expect(
      problems {
        $0.model.layerCount = 0
        $0.model.hiddenSize = 3
      } == ["model.layerCount: expected 1 to 1024 blocks, found 0"])
  }

  @Test("a key without meaning beside the others may hold anything")
  func meaningless() {
    #expect(problems { $0.model.stemChannels = 0 }.count == 1)
    #expect(
      problems {
        $0.model.stemChannels = 0
        $0.model.hasStem = false
      } == [])
  }
}

import MUSIQ
import RunConfig
import Testing

@Suite struct FineTuningTests {
  @Test("defaults of fine-tuning: whole images, flips, no problems")
  func defaults() throws {
    let configuration = RunConfiguration.fineTuning()
    #expect(configuration.problems().isEmpty)
    #expect(!configuration.augmentation.crop.enabled)
    #expect(configuration.augmentation.flipProbability == 0.5)
    #expect(configuration.model == MUSIQConfiguration())
  }

  @Test("the model comes from the initial parameters, its head from the data")
  func model() throws {
    var model = MUSIQConfiguration(hiddenSize: 96, outputCount: 1000)
    model.score.offset = 3
    let configuration = RunConfiguration.fineTuning(from: model)
    #expect(configuration.model.hiddenSize == 96)
    #expect(configuration.model.outputCount == 0)
    #expect(configuration.model.score == ScoreConfiguration())
    // Keys win over it like over any default.
    let resolved = try RunConfiguration.resolve(
      defaults: configuration, overrides: ["model.multiscale.nativePatchCap=7"])
    #expect(resolved.configuration.model.hiddenSize == 96)
    #expect(resolved.configuration.model.multiscale.nativePatchCap == 7)
  }

  @Test("one source of training images, neither none nor two")
  func sources() throws {
    func problem(_ overrides: [String]) throws -> String {
      let configuration = try RunConfiguration.resolve(
        defaults: .fineTuning(), overrides: overrides
      ).configuration
      do { try configuration.requireOneDataSource() } catch { return "\(error)" }
      return ""
    }
    #expect(try problem([]).contains("set data.manifest=labels.csv"))
    #expect(try problem(["data.manifest=a.csv", "data.train=b.csv"]).contains("found both"))
    #expect(try problem(["data.manifest=a.csv"]) == "")
    #expect(try problem(["data.train=a.csv", "data.validation=b.csv"]) == "")
  }
}

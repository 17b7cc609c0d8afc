import ImageData
import Labels
import Layers
import RunConfig
import Testing

@Suite struct DataOpeningTests {
  private func data(
    train: String = "", validation: String = "", manifest: String = ""
  ) -> DataConfiguration {
    var data = DataConfiguration()
    (data.train, data.validation, data.manifest) = (train, validation, manifest)
    return data
  }

  @Test("of two sources, tables with a column of splits give their own part")
  func twoSources() {
    let data = data(train: "a", validation: "b", manifest: "c.csv")
    #expect(!data.dividesManifest)
    #expect(data.trainingSource == .init(path: "a", split: .train, isOptional: true))
    #expect(data.validationSource == .init(path: "b", split: .validation, isOptional: true))
    #expect(self.data(train: "a").validationSource == nil)
  }

  @Test("one manifest without data.train is divided")
  func divided() {
    let data = data(validation: "b", manifest: "c.csv")
    #expect(data.dividesManifest)
    #expect(data.trainingSource == .init(path: "c.csv", split: .train, isOptional: false))
    #expect(data.validationSource == .init(path: "c.csv", split: .validation, isOptional: false))
  }

  @Test("the loss chooses the labels, the section data the rest")
  func builder() {
    var configuration = RunConfiguration()
    configuration.data.imageRoot = "/images"
    configuration.data.targets = ["mos"]
    configuration.data.split.seed = 7
    configuration.data.columns = ["mos=rating"]
    configuration.data.classes = .names
    configuration.data.missingLabels = .leaveOut
    configuration.data.dct = .accurate
    configuration.objective.loss = .earthMoversDistance
    let builder = IndexBuilder(configuration.data, objective: configuration.objective)
    #expect(builder.imageRoot == "/images")
    #expect(builder.targets == ["mos"])
    #expect(builder.splitRules.seed == 7)
    #expect(builder.columns.pairs == [.init(name: "mos", column: "rating")])
    #expect(builder.classReading == .names && builder.missingLabels == .leaveOut)
    #expect(builder.options.cosineTransform == .accurate)
    #expect(builder.preferredKind == .ratings)
    #expect(builder.split == nil)
    let plain = IndexBuilder(DataConfiguration(), objective: ObjectiveConfiguration())
    #expect(plain.imageRoot == nil)
    #expect(plain.preferredKind == nil)
  }
}

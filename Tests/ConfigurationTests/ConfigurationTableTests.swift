import Configuration
import Testing

@Suite struct ConfigurationTableTests {
  @Test("the table has every key with type, default, unit and range")
  func rows() throws {
    let table = try ConfigurationTable(defaults: SampleConfiguration())
    #expect(table.parts.map(\.path) == ["model", "model.scales", "optimizer", "parallel", "run"])
    let rows = table.rows.map {
      [$0.path, $0.type, $0.defaultText, $0.unit, $0.range.words()].joined(separator: "; ")
    }
    #expect(
      rows == [
        "model.hiddenSize; integer; 384; ; 1 to 65536",
        "model.layerCount; integer; 14; blocks; 1 to 1024",
        "model.hasStem; flag; true; ; true, false",
        "model.stemChannels; integer; 64; ; 1 to 256",
        "model.scales.longerSideLengths; list of integers; [224, 384]; pixels; ascending lengths",
        "model.scales.channels; integer; 3; ; 1 (luma) or 3 (RGB)",
        "optimizer.kind; choice; adamw; ; adamw, sgd",
        "optimizer.learningRate; number; 0.001; ; a positive number up to 1000",
        "optimizer.beta1; number; 0.9; ; at least 0 and less than 1",
        "optimizer.epsilon; number; 1e-08; ; 1e-30 to 1",
        "optimizer.share; number; 0.5; ; a share from 0 to 1",
        "parallel.globalBatchSize; integer; 4096; images; 1 to 16777216",
        "run.seed; integer; 0; ; 0 to 18446744073709551615",
        "run.name; text; \"\"; ; ",
        "run.column; text; split; ; a word",
        "run.minutes; number; 10.0; minutes; 0 to 1000000",
      ])
  }
}

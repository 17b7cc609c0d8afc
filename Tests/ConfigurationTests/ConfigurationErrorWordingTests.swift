import Configuration
import Testing

/// The message of the configuration `yaml` followed by `overrides`.
private func message(_ yaml: String, overrides: [String] = []) -> String {
  do {
    var layers = try SampleConfiguration.layers()
    try layers.apply(yaml: yaml, named: "demo.yaml")
    for override in overrides { try layers.apply(override: override) }
    _ = try layers.validated()
    return "no error"
  } catch {
    return "\(error)"
  }
}

@Suite struct ConfigurationErrorWordingTests {
  @Test(
    "an unknown key is reported with place, path and nearest name",
    arguments: [
      (
        "optimizer:\n  learningRte: 1\n",
        "demo.yaml:2:3: unknown key 'optimizer.learningRte'; "
          + "did you mean 'optimizer.learningRate'?"
      ),
      (
        "learningRate: 1\n",
        "demo.yaml:1:1: unknown key 'learningRate'; did you mean 'optimizer.learningRate'?"
      ),
      (
        "optimizr:\n  beta1: 0.5\n",
        "demo.yaml:1:1: unknown key 'optimizr'; did you mean 'optimizer'?"
      ),
      (
        "parallel: {batchSize: 8}",
        "demo.yaml:1:12: unknown key 'parallel.batchSize'; "
          + "did you mean 'parallel.globalBatchSize'?"
      ),
      ("lr: 1", "demo.yaml:1:1: unknown key 'lr'; did you mean 'optimizer.learningRate'?"),
      (
        "learning_rate: 1",
        "demo.yaml:1:1: unknown key 'learning_rate'; "
          + "did you mean 'optimizer.learningRate'?"
      ),
      ("zebra: 1", "demo.yaml:1:1: unknown key 'zebra'"),
    ])
  func unknownKey(yaml: String, expected: String) {
    #expect(message(yaml) == expected)
  }

  @Test("an unknown key of an override names the override")
  func unknownOverride() {
    #expect(
      message("", overrides: ["model.layers=2"])
        == "override model.layers=2: unknown key 'model.layers'; did you mean 'model.layerCount'?")
    #expect(
      message("", overrides: ["optimizr.beta1=2"])
        == "override optimizr.beta1=2: unknown key 'optimizr'; did you mean 'optimizer'?")
  }

  @Test(
    "an ill-typed value is reported with what is expected and what was found",
    arguments: [
      (
        "optimizer:\n  learningRate: fast\n",
        "demo.yaml:2:17: 'optimizer.learningRate' expects a number, found 'fast'"
      ),
      (
        "optimizer: {kind: adam}",
        "demo.yaml:1:19: 'optimizer.kind' expects one of adamw, sgd, found 'adam'; "
          + "did you mean 'adamw'?"
      ),
      (
        "model: {layerCount: 1.5}",
        "demo.yaml:1:21: 'model.layerCount' expects a whole number, found '1.5'"
      ),
      (
        "model: {layerCount: '2'}",
        "demo.yaml:1:21: 'model.layerCount' expects a whole number, found the text '2'"
      ),
      (
        "run: {seed: -1}",
        "demo.yaml:1:13: 'run.seed' expects a whole number from 0 to 18446744073709551615, "
          + "found '-1'"
      ),
      (
        "model: {hasStem: 1}",
        "demo.yaml:1:18: 'model.hasStem' expects true or false, found '1'"
      ),
      (
        "model: {scales: {longerSideLengths: [224, big]}}",
        "demo.yaml:1:43: 'model.scales.longerSideLengths[1]' expects a whole number, found 'big'"
      ),
      (
        "model: {scales: {longerSideLengths: 224}}",
        "demo.yaml:1:37: 'model.scales.longerSideLengths' expects a list such as [1, 2], "
          + "found '224'"
      ),
      (
        "model: 5",
        "demo.yaml:1:8: 'model' expects a section of keys such as 'hiddenSize: …', found '5'"
      ),
      (
        "- a",
        "demo.yaml:1:1: '(document)' expects a section of keys such as 'model: …', "
          + "found a list of 1"
      ),
      (
        "run: {seed: {a: 1}}",
        "demo.yaml:1:13: 'run.seed' expects a value, found a section"
      ),
      (
        "optimizer: {epsilon: .inf}",
        "demo.yaml:1:22: 'optimizer.epsilon' expects a number, found '.inf'"
      ),
      (
        "optimizer: {epsilon: }",
        "demo.yaml:1:22: 'optimizer.epsilon' expects a number, found nothing"
      ),
    ])
  func illTyped(yaml: String, expected: String) {
    #expect(message(yaml) == expected)
  }

  @Test("values out of range are reported together, each with its place")
  func outOfRange() {
    let expected = """
      invalid configuration, 2 problems:
        optimizer.beta1: expected at least 0 and less than 1, found 2.0 (demo.yaml:2:10)
        run.minutes: expected 0 to 1000000 minutes, found -1.0 (override run.minutes=-1)
      """
    #expect(message("optimizer:\n  beta1: 2\n", overrides: ["run.minutes=-1"]) == expected)
    #expect(
      message("run:\n  column: ' '\n")
        == "invalid configuration: run.column: expected a word, found none (demo.yaml:2:11)")
  }

  @Test("YAML errors carry line and column")
  func syntax() {
    let unclosed = message("model: {\n  layerCount: 3\n")
    #expect(unclosed.hasPrefix("demo.yaml:3:1: not valid YAML: did not find"))
    #expect(message("a: 1\na: 2\n") == "demo.yaml:1:1: not valid YAML: key 'a' appears twice")
    #expect(message("\tmodel: 1").hasPrefix("demo.yaml:1:1: not valid YAML: "))
  }

  @Test("anchors, tags, several documents and deep nesting are refused")
  func refused() {
    #expect(
      message("model: &m {layerCount: 3}")
        == "demo.yaml:1:1: anchors and aliases (&name, *name) are not supported; repeat the value")
    #expect(message("model: !mine {layerCount: 3}").contains("tags (!mine) are not supported"))
    #expect(message("run: 1\n---\nrun: 2\n").contains("but found another document"))
    let deep = String(repeating: "{model: ", count: 40) + String(repeating: "}", count: 40)
    #expect(message(deep).contains("nested deeper than 32 levels"))
    let bottomless = String(repeating: "[", count: 500_000)
    #expect(message(bottomless).contains("not valid YAML"))
  }

  @Test("an override without '=' says what one looks like")
  func malformedOverride() {
    #expect(
      message("", overrides: ["run.seed"])
        == "override run.seed: expected key=value such as optimizer.learningRate=0.001, "
        + "found 'run.seed'")
    #expect(message("", overrides: ["=1"]).contains("expected key=value"))
  }

  @Test("a missing file and a directory give the system's reason")
  func unreadable() {
    for (path, reason) in [
      ("/no/such/file.yaml", "No such file or directory"), ("/tmp", "Is a directory"),
      ("/dev/zero", "has more than 8388608 bytes"),
    ] {
      #expect(throws: ConfigurationError.unreadable(file: path, reason: reason)) {
        var layers = try SampleConfiguration.layers()
        try layers.apply(file: path)
      }
    }
  }
}

import Configuration
import Testing

@Suite struct ConfigurationListingTests {
  @Test("Markdown has a heading and a table per section")
  func markdown() throws {
    let text = try ConfigurationTable(defaults: SampleConfiguration()).markdown
    #expect(
      text.contains(
        """
        ## parallel: the division of work

        | key | type | default | unit | range | what for |
        |---|---|---|---|---|---|
        | `parallel.globalBatchSize` | integer | `4096` | images | 1 to 16777216 | per update |

        ## run: seed and reporting

        """))
    #expect(text.hasPrefix("## model: the network\n"))
    #expect(text.hasSuffix("| between reports |"))
  }

  @Test("text has two lines per key, in columns")
  func text() throws {
    let text = try ConfigurationTable(defaults: SampleConfiguration()).text
    #expect(
      text.hasPrefix(
        """
        model: the network
          model.hiddenSize                384         integer: 1 to 65536
              width of tokens
          model.layerCount                14          integer: 1 to 1024 blocks
              encoder blocks
        """))
    #expect(
      text.hasSuffix(
        """
          run.name                        ""          text
              for people
          run.column                      split       text: a word
              where to look
          run.minutes                     10.0        number: 0 to 1000000 minutes
              between reports
        """))
  }

  @Test("values are listed with the place they were written at")
  func origins() throws {
    var layers = try SampleConfiguration.layers()
    try layers.apply(yaml: "run:\n  name: a b\n", named: "demo.yaml")
    try layers.apply(environment: ["SAMPLE_SET": "run.seed=3"])
    try layers.apply(override: "run.minutes=5")
    #expect(
      layers.tree.listing().hasSuffix(
        """
        parallel.globalBatchSize        4096        built-in default
        run.seed                        3           SAMPLE_SET
        run.name                        "a b"       demo.yaml:2:9
        run.column                      split       built-in default
        run.minutes                     5           override run.minutes=5
        """))
  }
}

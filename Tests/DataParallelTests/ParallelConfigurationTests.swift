import DataParallel
import Testing

@Suite struct ParallelConfigurationTests {
  @Test("a batch smaller than its shards is refused with both remedies")
  func smallBatch() {
    var configuration = ParallelConfiguration()
    configuration.globalBatchSize = 7
    configuration.gradientShards = 8
    let problems = configuration.problems()
    #expect(problems.map(\.key) == ["globalBatchSize"])
    let message = problems.first?.message ?? ""
    for part in ["raise parallel.globalBatchSize to 8", "lower parallel.gradientShards to 7"] {
      #expect(message.contains(part), "\(message)")
    }
    configuration.globalBatchSize = 8
    #expect(configuration.problems().isEmpty)
  }

  @Test("every value out of range is named")
  func ranges() {
    var configuration = ParallelConfiguration()
    (configuration.globalBatchSize, configuration.gradientShards) = (0, 0)
    (configuration.workers, configuration.bucketMegabytes) = (-1, 0)
    (configuration.microBatchTokens, configuration.replicaCheckSteps) = (0, -1)
    #expect(
      configuration.problems().map(\.key) == [
        "globalBatchSize", "gradientShards", "workers", "bucketMegabytes", "microBatchTokens",
        "replicaCheckSteps",
      ])
  }
}

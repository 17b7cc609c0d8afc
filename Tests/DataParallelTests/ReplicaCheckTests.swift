import DataParallel
import ModelTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct ReplicaCheckTests {
  @Test("one rank always agrees with itself")
  func single() throws {
    let values = [Float](repeating: 2, count: 9)
    try ReplicaCheck.verify(
      [values.withUnsafeBufferPointer { Fingerprint($0) }], step: 1, world: RankSuite.world)
  }

  @Test("the message names step, ranks, hosts and the remedy")
  func wording() {
    let error = ReplicasDiffer(
      step: 300, ranks: [.init(rank: 2, host: "node7"), .init(rank: 5, host: "node9")])
    for part in ["step 300", "rank 2 on node7", "rank 5 on node9", "last checkpoint"] {
      #expect("\(error)".contains(part), "\(error)")
    }
    #expect(
      error
        == ReplicasDiffer(
          step: 300, ranks: [.init(rank: 2, host: "node7"), .init(rank: 5, host: "node9")]))
    #expect(error != ReplicasDiffer(step: 300, ranks: [.init(rank: 2, host: "node7")]))
  }
}

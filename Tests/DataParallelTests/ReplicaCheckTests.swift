import DataParallel
import ModelTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct ReplicaCheckTests {
  private func hash(_ values: [Float]) -> UInt64 {
    values.withUnsafeBufferPointer { ReplicaCheck.hash($0) }
  }

  @Test("any single changed bit changes the hash", arguments: [1, 2, 5, 64])
  func bits(count: Int) {
    let values = (0..<count).map { Float($0) * 0.37 - 3 }
    var seen: Set<UInt64> = [hash(values)]
    for element in 0..<count {
      for bit in 0..<32 {
        var changed = values
        changed[element] = Float(bitPattern: values[element].bitPattern ^ (1 << UInt32(bit)))
        seen.insert(hash(changed))
      }
    }
    // All different from the original, and from each other as well.
    #expect(seen.count == 1 + 32 * count)
  }

  @Test("two changed signs do not cancel")
  func signs() {
    let values = (0..<32).map { Float($0 + 1) }
    var seen: Set<UInt64> = [hash(values)]
    for first in 0..<32 {
      for second in first + 1..<32 {
        var changed = values
        changed[first].negate()
        changed[second].negate()
        seen.insert(hash(changed))
      }
    }
    #expect(seen.count == 1 + 32 * 31 / 2)
  }

  @Test("order, length and the sign of zero count")
  func sensitivity() {
    #expect(hash([1, 2, 3, 4]) != hash([3, 4, 1, 2]))
    #expect(hash([1, 2, 3]) != hash([1, 2]))
    #expect(hash([0, 0]) != hash([0, 0, 0]))
    #expect(hash([0]) != hash([-0.0]))
    #expect(hash([.nan]) == hash([.nan]))
  }

  @Test("one rank always agrees with itself")
  func single() throws {
    try [Float](repeating: 2, count: 9).withUnsafeBufferPointer {
      try ReplicaCheck.verify($0, step: 1, world: RankSuite.world)
    }
  }

  @Test("the message names step, ranks, hosts and the remedy")
  func wording() {
    let error = ReplicasDiffer(
      step: 300, ranks: [(rank: 2, host: "node7"), (rank: 5, host: "node9")])
    for part in ["step 300", "rank 2 on node7", "rank 5 on node9", "last checkpoint"] {
      #expect("\(error)".contains(part), "\(error)")
    }
    #expect(error == ReplicasDiffer(step: 300, ranks: [(2, "node7"), (5, "node9")]))
    #expect(error != ReplicasDiffer(step: 300, ranks: [(2, "node7")]))
  }
}

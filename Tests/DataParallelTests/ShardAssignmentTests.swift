import DataParallel
import Testing

@Suite struct ShardAssignmentTests {
  @Test("every shard has one rank and one worker, in order, in blocks of near-equal size")
  func partition() {
    for shardCount in [1, 2, 4, 7, 8, 16, 33, 64] {
      for worldSize in 1...9 {
        let assignment = ShardAssignment(shardCount: shardCount, worldSize: worldSize)
        let blocks = (0..<worldSize).map { assignment.shards(ofRank: $0) }
        #expect(blocks.flatMap { Array($0) } == Array(0..<shardCount))
        #expect(blocks.map(\.count).max()! - blocks.map(\.count).min()! <= 1)
        for (rank, block) in blocks.enumerated() {
          for workers in 1...5 {
            let runs = assignment.shards(ofRank: rank, workers: workers)
            #expect(runs.count == workers)
            #expect(runs.flatMap { Array($0) } == Array(block))
            #expect(runs.map(\.count).max()! - runs.map(\.count).min()! <= 1)
          }
        }
      }
    }
  }

  @Test("with powers of two each rank's run is one node of the tree")
  func powersOfTwo() {
    for (shardCount, worldSize) in [(8, 2), (16, 4), (64, 32)] {
      let tree = ReductionTree(leafCount: shardCount)
      let assignment = ShardAssignment(shardCount: shardCount, worldSize: worldSize)
      for rank in 0..<worldSize {
        let run = assignment.shards(ofRank: rank)
        #expect(tree.nodes(covering: run) == [run])
      }
    }
  }
}

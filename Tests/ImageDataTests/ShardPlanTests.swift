import ImageData
import Multiscale
import Testing

@Suite struct ShardPlanTests {
  private func planner(count: Int, shardCount: Int = 64) -> BatchPlanner {
    BatchPlanner(
      index: index(ofSizes: imageNetSizes(count)),
      augmentation: Augmentation(configuration: AugmentationConfiguration(), seed: 3),
      multiscale: MultiscaleConfiguration(), shardCount: shardCount)
  }

  private func plan(batch: Int, shardCount: Int = 64, step: Int = 0) -> BatchPlan {
    let planner = planner(count: batch * (step + 1), shardCount: shardCount)
    let order = EpochOrder(seed: 3, epoch: 0, count: planner.index.count)
    return planner.plan(
      order: order, epoch: 0, positions: order.positions(ofStep: step, batchSize: batch))
  }

  @Test("every position is in exactly one shard, ascending, at any batch size and shard count")
  func partition() {
    for (batch, shards) in [(1, 1), (1, 64), (5, 3), (64, 64), (100, 7), (300, 64), (17, 16)] {
      let plan = plan(batch: batch, shardCount: shards)
      #expect(plan.shards.shards.count == shards)
      #expect(plan.shards.shards.flatMap { $0 }.sorted() == Array(0..<batch))
      #expect(plan.shards.shards.allSatisfy { $0 == $0.sorted() })
      let tokens = (0..<shards).flatMap { plan.samples(ofShard: $0) }.reduce(0) { $0 + $1.tokens }
      #expect(tokens == plan.tokens)
    }
  }

  @Test("equal costs give the same plan every time and differ by one sample at most")
  func ties() {
    let plan = ShardPlan(costs: Array(repeating: 1, count: 10), shardCount: 4)
    #expect(plan == ShardPlan(costs: Array(repeating: 1, count: 10), shardCount: 4))
    #expect(plan.shards.map(\.count).sorted() == [2, 2, 3, 3])
    let empty = ShardPlan(costs: [], shardCount: 3)
    #expect(empty.shards == [[], [], []])
    #expect(empty.imbalance(owners: 3) == 1)
  }

  @Test("a batch of 4096 in 64 shards is balanced within 1 % over 32 ranks and fewer")
  func largeBatch() {
    let plan = plan(batch: 4096)
    for ranks in [2, 4, 8, 16, 32, 64] {
      #expect(plan.shards.imbalance(owners: ranks) <= 1.01, "\(ranks) ranks")
    }
  }

  @Test("a batch of 96 in 64 shards is balanced within 5 % over 8 ranks and fewer")
  func smallBatch() {
    for step in 0..<10 {
      let plan = plan(batch: 96, step: step)
      for ranks in [2, 4, 8] {
        #expect(plan.shards.imbalance(owners: ranks) <= 1.05, "step \(step), \(ranks) ranks")
      }
    }
  }

  @Test("planned tokens are those of the window")
  func tokens() {
    let planned = planner(count: 10).sample(4, epoch: 2)
    let geometry = TokenGeometry(
      height: planned.window.height, width: planned.window.width,
      configuration: MultiscaleConfiguration())
    #expect(planned.tokens == geometry.validTokens)
  }

  @Test("the default cost of 100 tokens is a·n + b·n²")
  func cost() {
    #expect(CostModel().cost(tokens: 100) == 34.06e8 + 10752e4)
  }
}

import ImageData
import Testing

@Suite struct EpochOrderTests {
  @Test("each sample comes exactly once, in another order each epoch, the same every time")
  func permutation() {
    let orders = (0..<3).map { EpochOrder(seed: 7, epoch: $0, count: 1000) }
    for (epoch, order) in orders.enumerated() {
      let ids = (0..<1000).map { order[$0] }
      #expect(ids.sorted() == Array(0..<1000))
      let again = EpochOrder(seed: 7, epoch: epoch, count: 1000)
      #expect((0..<1000).map { again[$0] } == ids)
    }
    #expect((0..<1000).count { orders[0][$0] == orders[1][$0] } < 10)
    #expect((0..<1000).count { orders[0][$0] == $0 } < 10)
  }

  @Test("the steps of an epoch cover it once, the last one smaller")
  func steps() {
    for (count, batch) in [(10, 4), (8, 4), (1, 4), (0, 4), (5, 1)] {
      let order = EpochOrder(seed: 1, epoch: 0, count: count, shuffled: false)
      let steps = order.stepCount(batchSize: batch)
      let all = (0..<steps).flatMap { Array(order.positions(ofStep: $0, batchSize: batch)) }
      #expect(all.map { order[$0] } == Array(0..<count))
    }
  }
}

import DataParallel
import Failures
import MPI
import ModelTestSupport
import Tensors
import TestSupport
import Testing

/// Gradients of shards that any process can compute: what a model would give, without a model.
private struct ShardGradients {
  let count: Int

  /// Values of very different sizes, so that every other order of addition gives other bits.
  func add(shard: Int, step: Int, to target: UnsafeMutablePointer<Float>) {
    var random = RandomStream(seed: 11, purpose: .test, epoch: step, sample: shard)
    for i in 0..<count {
      let bits = random.next()
      let mantissa = Float(bits >> 40) * 0x1p-24 - 0.5
      target[i] += mantissa * Float(1 << (bits & 15))
    }
  }

  /// The sum along the tree, in this process alone.
  func treeSum(shards: Int, step: Int) -> [Float] {
    let tree = ReductionTree(leafCount: shards)
    var total = TreeAccumulator<[Float]>(tree: tree)
    for shard in 0..<shards {
      var leaf = [Float](repeating: 0, count: count)
      leaf.withUnsafeMutableBufferPointer { add(shard: shard, step: step, to: $0.baseAddress!) }
      total.push(TreeNode(shards: shard..<shard + 1, value: leaf)) { left, right in
        zip(left, right).map { $0 + $1 }
      }
    }
    return total.nodes[0].value
  }

  /// The sum in Double, and the sum of magnitudes that bounds the error of any order.
  func exactSum(shards: Int, step: Int) -> (sum: [Double], magnitude: [Double]) {
    var sum = [Double](repeating: 0, count: count)
    var magnitude = sum
    for shard in 0..<shards {
      var leaf = [Float](repeating: 0, count: count)
      leaf.withUnsafeMutableBufferPointer { add(shard: shard, step: step, to: $0.baseAddress!) }
      for i in 0..<count {
        sum[i] += Double(leaf[i])
        magnitude[i] += abs(Double(leaf[i]))
      }
    }
    return (sum, magnitude)
  }
}

extension RankSuites {
  @Suite(.serialized) struct DataParallelRankTests {
    let world: Communicator

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    /// One step of a reducer with real worker threads; returns this rank's part of the sum.
    private func step(
      _ reducer: any GradientReducer, _ pool: WorkerPool, _ gradients: ShardGradients, shards: Int,
      number: Int
    ) throws -> [Float] {
      let runs = ShardAssignment(shardCount: shards, worldSize: world.size)
        .shards(ofRank: world.rank, workers: pool.count)
      reducer.begin(workerShards: runs)
      pool.start { worker in
        for shard in runs[worker] {
          reducer.add(shard: shard, worker: worker) { gradient in
            gradients.add(shard: shard, step: number, to: gradient.values)
            // Backward finishes from the end of the store to its beginning.
            for share in [3, 2, 1, 0] { gradient.onFinal?(gradients.count * share / 4) }
          }
        }
      }
      let (sum, agreement) = try reducer.sum {
        try pool.join()
        return number
      }
      #expect(sum.segment == reducer.updateSegment && agreement == number)
      return Array(UnsafeBufferPointer(start: sum.values, count: sum.segment.count))
    }

    /// Sizes of the flat store: one block or less, so that ranks own nothing; borders inside of blocks.
    private static let counts = [1, 37, 4096, 4097, 3 * 4096, 5 * 4096 + 123, 40_000]

    @Test("the exact reduction has the bits of one process", arguments: [4, 7, 8, 16])
    func exact(shards: Int) throws {
      for count in Self.counts {
        let gradients = ShardGradients(count: count)
        let partition = FlatPartition(count: count, parts: world.size)
        for workers in 1...3 {
          let pool = WorkerPool(count: workers)
          defer { pool.close() }
          let reducer = ExactReducer(world: world, partition: partition, shardCount: shards)
          #expect(reducer.updateSegment == partition.segments[world.rank])
          // Several steps: buffers are used again and must begin at zero.
          for number in 0..<3 {
            let own = try step(reducer, pool, gradients, shards: shards, number: number)
            let expected = gradients.treeSum(shards: shards, step: number)
            #expect(
              own.elementsEqual(expected[reducer.updateSegment]) { $0.bitPattern == $1.bitPattern },
              "\(count) values, \(workers) workers, step \(number)")
          }
        }
      }
      try world.barrier()
    }

    @Test("as many shards as ranks, and a prime number of them")
    func fewShards() throws {
      let gradients = ShardGradients(count: 9000)
      let pool = WorkerPool(count: 1)
      defer { pool.close() }
      for shards in [world.size, 13] {
        let partition = FlatPartition(count: gradients.count, parts: world.size)
        let reducer = ExactReducer(world: world, partition: partition, shardCount: shards)
        let own = try step(reducer, pool, gradients, shards: shards, number: 5)
        #expect(own == Array(gradients.treeSum(shards: shards, step: 5)[reducer.updateSegment]))
      }
    }

    @Test("the all-reduce reduction is the sum, the same on all ranks", arguments: [1, 2, 3])
    func allReduce(workers: Int) throws {
      let shards = 8
      let pool = WorkerPool(count: workers)
      defer { pool.close() }
      for count in [1, 1000, 4097, 20_011] {
        let gradients = ShardGradients(count: count)
        for bucketSize in [count, max(1, count / 2), max(1, count / 7), 4096, 1 << 20]
        where count / bucketSize < 50 {
          let reducer = try AllReduceReducer(world: world, count: count, bucketSize: bucketSize)
          #expect(reducer.updateSegment == 0..<count)
          for number in 0..<2 {
            let sum = try step(reducer, pool, gradients, shards: shards, number: number)
            let (exact, magnitude) = gradients.exactSum(shards: shards, step: number)
            // Each addition of Floats is good to 2⁻²⁴ of what it adds.
            let worst = (0..<count).map { abs(Double(sum[$0]) - exact[$0]) / magnitude[$0] }.max()!
            #expect(worst < 1e-6, "\(count) values in buckets of \(bucketSize)")
            let hash = sum.withUnsafeBufferPointer { Fingerprint($0).hash }
            #expect(Set(try world.allGather([hash]).map { $0[0] }).count == 1)
          }
        }
      }
    }

    @Test("a bfloat16 wire rounds every addition between ranks, alike on all ranks")
    func halfWire() throws {
      let pool = WorkerPool(count: 2)
      defer { pool.close() }
      for (count, bucketSize) in [(1, 1), (4097, 1000), (20_011, 1 << 20)] {
        let gradients = ShardGradients(count: count)
        let reducer = try AllReduceReducer(
          world: world, count: count, bucketSize: bucketSize, roundsToBFloat16: true)
        for number in 0..<2 {
          let sum = try step(reducer, pool, gradients, shards: 8, number: number)
          let (exact, magnitude) = gradients.exactSum(shards: 8, step: number)
          // Each part and each sum of parts is good to 2⁻⁸.
          let limit = world.size == 1 ? 1e-6 : Double(world.size) / 256
          let worst = (0..<count).map { abs(Double(sum[$0]) - exact[$0]) / magnitude[$0] }.max()!
          #expect(worst < limit, "\(count) values in buckets of \(bucketSize)")
          #expect(world.size == 1 || count < 100 || worst > 1e-5, "nothing was rounded")
          let hash = sum.withUnsafeBufferPointer { Fingerprint($0).hash }
          #expect(Set(try world.allGather([hash]).map { $0[0] }).count == 1)
        }
      }
    }

    @Test("workers without shards do not hold up the all-reduce")
    func idleWorkers() throws {
      let gradients = ShardGradients(count: 5000)
      let pool = WorkerPool(count: 5)
      defer { pool.close() }
      let shards = 2 * world.size
      let reducer = try AllReduceReducer(world: world, count: gradients.count, bucketSize: 999)
      let sum = try step(reducer, pool, gradients, shards: shards, number: 0)
      let (exact, magnitude) = gradients.exactSum(shards: shards, step: 0)
      #expect(
        (0..<sum.count).allSatisfy { abs(Double(sum[$0]) - exact[$0]) <= 1e-6 * magnitude[$0] })
    }

    /// A step in which the workers of `failing` on the last rank throw at their first shard.
    private func failingStep(
      _ reducer: any GradientReducer, _ pool: WorkerPool, shards: Int, failing: [Int]
    ) throws {
      struct Stuck: Failure {
        let kind = FailureKind.hang
        let description: String
      }
      let (world, isLastRank) = (world, world.rank == world.size - 1)
      let runs = ShardAssignment(shardCount: shards, worldSize: world.size)
        .shards(ofRank: world.rank, workers: pool.count)
      reducer.begin(workerShards: runs)
      pool.start { worker in
        for shard in runs[worker] {
          try reducer.add(shard: shard, worker: worker) { _ in
            if isLastRank, failing.contains(worker) {
              throw Stuck(description: "worker \(worker) is stuck")
            }
          }
        }
      }
      _ = try reducer.sum {
        var own: (any Error)?
        do { try pool.join() } catch { own = error }
        if try world.allReduce(own == nil ? 0 : 1, .sum) > 0 {
          throw try WorkerFailure.agreed(from: own, world: world)
        }
      }
    }

    @Test(
      "a worker that fails on one rank ends the step on all ranks with its error, and the next step works",
      arguments: [false, true], [[0], [1], [0, 1]])
    func failure(isExact: Bool, failing: [Int]) throws {
      let (shards, gradients) = (4 * world.size, ShardGradients(count: 9000))
      let partition = FlatPartition(count: gradients.count, parts: world.size)
      // Several buckets: some are on their way when the worker fails.
      let reducer: any GradientReducer =
        isExact
        ? ExactReducer(world: world, partition: partition, shardCount: shards)
        : try AllReduceReducer(world: world, count: gradients.count, bucketSize: 1000)
      let pool = WorkerPool(count: 2)
      defer { pool.close() }
      let start = ContinuousClock.now
      let expected = WorkerFailure(
        rank: world.size - 1, host: world.processorName,
        reason: "worker \(failing[0]) is stuck", cause: .hang)
      #expect(throws: expected) {
        try failingStep(reducer, pool, shards: shards, failing: failing)
      }
      #expect(ContinuousClock.now - start < .seconds(20))
      // Nothing is left over: neither requests nor parts of sums.
      let sum = try step(reducer, pool, gradients, shards: shards, number: 1)
      let (exact, magnitude) = gradients.exactSum(shards: shards, step: 1)
      let first = reducer.updateSegment.lowerBound
      #expect(
        sum.indices.allSatisfy {
          abs(Double(sum[$0]) - exact[first + $0]) <= 1e-6 * magnitude[first + $0]
        })
    }

    @Test("the gradient norm has the same bits on every rank and as one process finds")
    func gradientNorm() throws {
      let alone = try Communicator.alone()
      for count in Self.counts {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer {
          ShardGradients(count: count).add(shard: 3, step: 1, to: $0.baseAddress!)
        }
        let partition = FlatPartition(count: count, parts: world.size)
        let own = partition.segments[world.rank]
        let norms = try values.withUnsafeBufferPointer { buffer in
          let base = buffer.baseAddress!
          return [
            try GradientNorm(world: alone, partition: FlatPartition(count: count, parts: 1))(
              of: GradientSum(values: base, segment: 0..<count), scale: 0.125),
            try GradientNorm(world: world, partition: partition)(
              of: GradientSum(values: base + own.lowerBound, segment: own), scale: 0.125),
            // Replicated, as the all-reduce reduction leaves it.
            try GradientNorm(world: world, partition: partition)(
              of: GradientSum(values: base, segment: 0..<count), scale: 0.125),
          ]
        }
        let all = try world.allGather(norms).flatMap { $0 }
        #expect(Set(all.map(\.bitPattern)).count == 1, "\(count) values: \(all)")
      }
    }

    @Test("equal replicas pass; one changed bit names the one rank on all ranks")
    func replicas() throws {
      for culprit in 0..<world.size {
        let values = AlignedBuffer<Float>(count: 10_000)
        for i in 0..<values.count { values.pointer[i] = Float(i) }
        func verify(step: Int) throws {
          try ReplicaCheck.verify(
            [Fingerprint(UnsafeBufferPointer(values.elements))], step: step, world: world)
        }
        try verify(step: 10)
        guard world.size > 1 else { continue }
        if world.rank == culprit {
          values.pointer[7777] = Float(bitPattern: values.pointer[7777].bitPattern ^ 1)
        }
        var found: ReplicasDiffer?
        do { try verify(step: 20) } catch let error as ReplicasDiffer { found = error }
        #expect(found?.step == 20)
        // Of two ranks nobody knows which is right; the lower one is believed.
        #expect(found?.ranks.map(\.rank) == [world.size == 2 ? 1 : culprit])
        #expect(found?.ranks.first?.host == world.processorName)
      }
    }
  }
}

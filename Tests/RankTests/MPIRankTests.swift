import MPI
import ModelTestSupport
import TestSupport
import Testing

extension RankSuites {
  @Suite(.serialized) struct MPIRankTests {
    let world: Communicator

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    private var n: Int { world.size }
    private var rank: Int { world.rank }

    @Test("the sum of all ranks is N(N-1)/2 in every element type")
    func sums() throws {
      let expected = n * (n - 1) / 2
      #expect(try world.allReduce(rank, .sum) == expected)
      #expect(try world.allReduce(Int32(rank), .sum) == Int32(expected))
      #expect(try world.allReduce(Int64(rank), .sum) == Int64(expected))
      #expect(try world.allReduce(UInt8(rank), .sum) == UInt8(expected))
      #expect(try world.allReduce(UInt32(rank), .sum) == UInt32(expected))
      #expect(try world.allReduce(UInt64(rank), .sum) == UInt64(expected))
      #expect(try world.allReduce(Float(rank), .sum) == Float(expected))
      #expect(try world.allReduce(Double(rank), .sum) == Double(expected))
    }

    @Test("every reduction has its closed form")
    func reductions() throws {
      #expect(try world.allReduce(rank + 1, .product) == (1...n).reduce(1, *))
      #expect(try world.allReduce(Float(rank), .minimum) == 0)
      #expect(try world.allReduce(Float(rank), .maximum) == Float(n - 1))
      let bit = UInt32(1) << UInt32(rank)
      let all = (UInt32(1) << UInt32(n)) - 1
      #expect(try world.allReduce(bit, .bitwiseOr) == all)
      #expect(try world.allReduce(~bit, .bitwiseAnd) == ~all)
      #expect(try world.allReduce(UInt32(1), .bitwiseXor) == UInt32(n % 2))
    }

    @Test("a reduction that MPI does not define for the type is an error with MPI's words")
    func wrongReduction() throws {
      // One rank alone copies without looking at the operation.
      guard n > 1 else { return }
      let error = #expect(throws: MPIError.self) { try world.allReduce(Float(1), .bitwiseOr) }
      #expect(error?.function == "MPI_Allreduce")
      #expect(error?.message.contains("MPI_ERR_OP") == true, "\(String(describing: error))")
    }

    @Test("broadcast reaches every rank from any root, buffers, bytes and texts alike")
    func broadcasts() throws {
      for root in 0..<n {
        var values = [Float](repeating: Float(rank), count: 1000)
        try values.withUnsafeMutableBufferPointer { try world.broadcast($0, from: root) }
        #expect(values == [Float](repeating: Float(root), count: 1000))
        let own = rank == root
        #expect(try world.broadcast(bytes: own ? [1, 2, 255] : [], from: root) == [1, 2, 255])
        #expect(try world.broadcast(bytes: [], from: root) == [])
        #expect(try world.broadcast(own ? [root, -1] : [7], from: root) == [root, -1])
        let text = "schritt für schritt \(root)"
        #expect(try world.broadcast(text: own ? text : "", from: root) == text)
      }
    }

    @Test("in-place all-gather fills uneven and empty segments and keeps the gaps")
    func gatherInPlace() throws {
      // Rank r owns r elements (rank 0 none), with one untouched element between neighbors.
      var end = 0
      let segments = (0..<n).map { r in
        defer { end += r + 1 }
        return end..<end + r
      }
      var buffer = [Double](repeating: -1, count: end)
      for i in segments[rank] { buffer[i] = Double(rank * 100 + i) }
      try buffer.withUnsafeMutableBufferPointer {
        try world.allGather(inPlace: $0, segments: segments)
      }
      var expected = [Double](repeating: -1, count: end)
      for (r, segment) in segments.enumerated() {
        for i in segment { expected[i] = Double(r * 100 + i) }
      }
      #expect(buffer == expected)
      // All empty.
      var nothing: [Float] = []
      try nothing.withUnsafeMutableBufferPointer {
        try world.allGather(inPlace: $0, segments: (0..<n).map { _ in 0..<0 })
      }
    }

    @Test("all-gather returns arrays and texts of different lengths in rank order")
    func gatherLengths() throws {
      let own = [Int32](repeating: Int32(rank), count: (rank * 2) % 3)
      let expected = (0..<n).map { [Int32](repeating: Int32($0), count: ($0 * 2) % 3) }
      #expect(try world.allGather(own) == expected)
      #expect(try world.allGather([Float]()) == [[Float]](repeating: [], count: n))
      let texts = (0..<n).map { String(repeating: "é", count: $0) }
      #expect(try world.allGather(text: texts[rank]) == texts)
    }

    @Test("all-to-all delivers every pair's piece, empty ones included")
    func allToAll() throws {
      // Rank p sends p + q elements of value 10 p + q to rank q; nothing from p to itself.
      func length(_ p: Int, _ q: Int) -> Int { p == q ? 0 : p + q }
      func ranges(_ lengths: [Int]) -> [Range<Int>] {
        var end = 0
        return lengths.map { length in
          defer { end += length }
          return end..<end + length
        }
      }
      let sendRanges = ranges((0..<n).map { length(rank, $0) })
      let receiveRanges = ranges((0..<n).map { length($0, rank) })
      let send = (0..<n).flatMap { q in
        [Float](repeating: Float(10 * rank + q), count: length(rank, q))
      }
      var receive = [Float](repeating: -1, count: (receiveRanges.last?.upperBound ?? 0) + 1)
      try send.withUnsafeBufferPointer { source in
        try receive.withUnsafeMutableBufferPointer { target in
          try world.allToAll(
            send: source.baseAddress, sendRanges: sendRanges,
            receive: target.baseAddress, receiveRanges: receiveRanges)
        }
      }
      var expected: [Float] = []
      for p in 0..<n {
        expected += [Float](repeating: Float(10 * p + rank), count: length(p, rank))
      }
      expected.append(-1)  // the guard element
      #expect(receive == expected)
    }

    @Test("overlapping all-reduces complete in any order of waiting, one by one or together")
    func requests() throws {
      let count = 10_000
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4 * count)
      defer { memory.deallocate() }
      for i in memory.indices { memory[i] = Float(rank + i / count) }
      func part(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: memory[index * count..<(index + 1) * count])
      }
      let first = try world.startAllReduce(part(0), .sum)
      var second = try world.startAllReduce(part(1), .sum)
      var both = Request()
      both.add(try world.startAllReduce(part(2), .maximum))
      both.add(try world.startAllReduce(part(3), .minimum))
      #expect(both.pendingCount == 2)
      try both.wait()
      while try !second.isComplete() {}
      try second.wait()
      try first.wait()
      let sum = Float(n * (n - 1) / 2)
      #expect(part(0).allSatisfy { $0 == sum })
      #expect(part(1).allSatisfy { $0 == sum + Float(n) })
      #expect(part(2).allSatisfy { $0 == Float(n - 1 + 2) })
      #expect(part(3).allSatisfy { $0 == 3 })
    }

    @Test("a request for nothing is complete")
    func emptyRequest() throws {
      var request = try world.startAllReduce(
        UnsafeMutableBufferPointer<Float>(start: nil, count: 0), .sum)
      #expect(try request.isComplete())
      try request.wait()
    }

    @Test("the launcher's world passes the launch check, and every rank knows its machine")
    func launch() throws {
      #expect(throws: Never.self) { try LaunchCheck.verify(world) }
      #expect(!world.processorName.isEmpty)
      try world.barrier()
    }
  }
}

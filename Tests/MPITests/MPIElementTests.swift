import MPI
import Testing

@Suite struct MPIElementTests {
  @Test("chunks cover every count once, in order, none above the limit")
  func chunks() {
    for limit in 1...5 {
      for count in 0...23 {
        let ranges = MPIChunks.ranges(of: count, limit: limit)
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
        #expect(ranges.allSatisfy { !$0.isEmpty && $0.count <= limit })
      }
    }
    #expect(MPIChunks.ranges(of: 3 << 30).map(\.count) == [1 << 30, 1 << 30, 1 << 30])
  }
}

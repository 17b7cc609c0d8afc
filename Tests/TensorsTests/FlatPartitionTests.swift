import Tensors
import Testing

@Suite struct FlatPartitionTests {
  /// Nothing, less than a block, whole blocks, the tiny and the published model's store.
  static let counts = [0, 1, 4095, 4096, 4097, 40_960, 100_003, 27_513_000]

  @Test("segments follow one another and cover everything", arguments: counts, 1...40)
  func covers(count: Int, parts: Int) {
    let partition = FlatPartition(count: count, parts: parts)
    #expect(partition.count == count && partition.segments.count == parts)
    var end = 0
    for segment in partition.segments {
      #expect(segment.lowerBound == end)
      end = segment.upperBound
    }
    #expect(end == count)
  }

  @Test("boundaries are multiples of a block, lengths differ by at most one", arguments: 1...40)
  func balanced(parts: Int) {
    for count in Self.counts {
      let segments = FlatPartition(count: count, parts: parts).segments
      for segment in segments where segment.upperBound != count {
        #expect(segment.upperBound % FlatPartition.blockSize == 0)
      }
      let blocks = segments.map {
        ($0.count + FlatPartition.blockSize - 1) / FlatPartition.blockSize
      }
      #expect((blocks.max() ?? 0) - (blocks.min() ?? 0) <= 1)
    }
  }

  @Test("more parts than blocks: the surplus owns nothing")
  func surplus() {
    let segments = FlatPartition(count: 10, parts: 4, blockSize: 4).segments
    #expect(segments.filter { !$0.isEmpty } == [0..<4, 4..<8, 8..<10])
  }

  @Test("shares are contiguous, cover the range and differ by at most one")
  func shares() {
    for (owners, count) in [(1, 64), (3, 64), (5, 7), (32, 64), (7, 3), (2, 0)] {
      let shares = (0..<owners).map { (10..<10 + count).share($0, of: owners) }
      #expect(shares.flatMap(Array.init) == Array(10..<10 + count))
      let counts = shares.map(\.count)
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
    }
  }
}

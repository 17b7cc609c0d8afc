import DataParallel
import Testing

@Suite struct ProcessorNeighborsTests {
  /// Place and count of each rank of a machine with these affinity masks.
  private func neighbors(_ masks: [[UInt8]]) -> [[Int]] {
    masks.indices.map { place in
      let found = ProcessorNeighbors((place, masks))
      return [found.place, found.count]
    }
  }

  @Test("ranks that may run anywhere share everything")
  func unbound() {
    #expect(neighbors([[0xFF], [0xFF], [0xFF]]) == [[0, 3], [1, 3], [2, 3]])
  }

  @Test("ranks with processors of their own are alone, two of a socket are two")
  func bound() {
    #expect(neighbors([[0x0F], [0xF0]]) == [[0, 1], [0, 1]])
    let sockets: [[UInt8]] = [[0x0F, 0], [0x0F, 0], [0, 0x0F], [0, 0x0F]]
    #expect(neighbors(sockets) == [[0, 2], [1, 2], [0, 2], [1, 2]])
  }

  @Test("a rank that does not know its processors is taken to share all")
  func unknown() {
    #expect(neighbors([[], [0x01], [0x02]]) == [[0, 3], [1, 2], [1, 2]])
  }
}

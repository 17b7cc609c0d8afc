import HDF5
import Testing

@Suite struct HyperslabTests {
  /// The elements of a box, as flat indices in row-major order: the naive twin.
  private func elements(of box: Hyperslab, in shape: [Int]) -> [Int] {
    var result = [0]
    for d in shape.indices {
      result = result.flatMap { outer in
        (0..<box.counts[d]).map { outer * shape[d] + box.starts[d] + $0 }
      }
    }
    return result
  }

  @Test(
    "boxes cover every range of every shape once and in order",
    arguments: [
      [1], [7], [3, 4], [1, 5], [5, 1], [2, 3, 4], [3, 1, 2], [2, 2, 3, 2], [1, 1, 1],
    ])
  func sweep(shape: [Int]) {
    let total = shape.reduce(1, *)
    for lower in 0...total {
      for upper in lower...total {
        let boxes = Hyperslab.boxes(of: lower..<upper, in: shape)
        #expect(boxes.flatMap { elements(of: $0, in: shape) } == Array(lower..<upper))
        #expect(boxes.count <= 2 * shape.count - 1)
        #expect(boxes.allSatisfy { $0.count > 0 })
      }
    }
  }

  @Test("a whole dataset is one box, a scalar one box without dimensions, nothing no box")
  func extremes() {
    #expect(
      Hyperslab.boxes(of: 0..<24, in: [2, 3, 4])
        == [Hyperslab(starts: [0, 0, 0], counts: [2, 3, 4])])
    #expect(Hyperslab.boxes(of: 0..<1, in: []) == [Hyperslab(starts: [], counts: [])])
    #expect(Hyperslab.boxes(of: 0..<0, in: []).isEmpty)
    #expect(Hyperslab.boxes(of: 5..<5, in: [3, 4]).isEmpty)
    #expect(Hyperslab.boxes(of: 0..<0, in: [0, 4]).isEmpty)
  }
}

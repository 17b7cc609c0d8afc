// The global gradient norm, with the same terms in the same order at any number of ranks.

import Kernels
import MPI
import Tensors

/// Sums of squares of a gradient, block by block.
public struct GradientNorm {
  private let world: Communicator
  private let partition: FlatPartition

  public init(world: Communicator, partition: FlatPartition) {
    self.world = world
    self.partition = partition
  }

  /// ‖scale · g‖₂ over the whole flat store: Σ over blocks of `FlatPartition.blockSize` elements, each
  /// summed in Double by its owner, then added in index order. All ranks get the same bits, whether they
  /// hold the whole gradient or their part of it.
  /// - Parameter gradient: of this rank's segment or of the whole store.
  /// - Collective.
  public func callAsFunction(of gradient: GradientSum, scale: Double) throws -> Double {
    let segment = gradient.segment
    let blockCount = (partition.count + FlatPartition.blockSize - 1) / FlatPartition.blockSize
    var sums = [Double](repeating: 0, count: blockCount)
    for start in stride(
      from: segment.lowerBound, to: segment.upperBound, by: FlatPartition.blockSize)
    {
      let end = min(start + FlatPartition.blockSize, segment.upperBound)
      sums[start / FlatPartition.blockSize] = sumOfSquares(
        gradient.values + (start - segment.lowerBound), count: end - start)
    }
    // Whatever this rank's segment: of a store of one block, rank 0 owns all and the others nothing.
    if world.size > 1 {
      let blocks = partition.segments.map {
        blockIndex($0.lowerBound)..<blockIndex($0.upperBound)
      }
      try sums.withUnsafeMutableBufferPointer {
        try world.allGather(inPlace: $0, segments: blocks)
      }
    }
    return sums.reduce(0, +).squareRoot() * abs(scale)
  }

  /// Boundaries are multiples of the block size, or the end of the store.
  private func blockIndex(_ boundary: Int) -> Int {
    (boundary + FlatPartition.blockSize - 1) / FlatPartition.blockSize
  }
}

// Which sample comes when: a new shuffle per epoch, the same on every rank and after every resume.

import Tensors

/// The order of the samples of one epoch: a permutation of 0 ..< count from (seed, epoch).
public struct EpochOrder: Sendable {
  private let order: [Int32]

  /// - Parameter shuffled: off for evaluation, where samples come in the order of the index.
  public init(seed: UInt64, epoch: Int, count: Int, shuffled: Bool = true) {
    precondition(count <= Int(Int32.max), "expected less than 2^31 samples, got \(count)")
    var order = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for position in 0..<count { buffer[position] = Int32(truncatingIfNeeded: position) }
      initialized = count
    }
    if shuffled {
      // Fisher and Yates.
      var random = RandomStream(seed: seed, purpose: .sampleOrder, epoch: epoch)
      for last in stride(from: count - 1, to: 0, by: -1) {
        order.swapAt(last, random.integer(below: last + 1))
      }
    }
    self.order = order
  }

  /// Number of samples.
  public var count: Int { order.count }

  /// The id of the sample at a position of the epoch.
  public subscript(position: Int) -> Int { Int(order[position]) }

  /// Steps of an epoch: the last batch may be smaller, no sample is dropped or repeated.
  public func stepCount(batchSize: Int) -> Int { (count + batchSize - 1) / batchSize }

  /// The positions of a step's batch.
  public func positions(ofStep step: Int, batchSize: Int) -> Range<Int> {
    let start = min(step * batchSize, count)
    return start..<min(start + batchSize, count)
  }
}

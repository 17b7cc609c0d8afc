// The order in which a run uses its samples: batch after batch, epoch after epoch.

import ImageData

/// Where a run is in its data.
package struct DataPosition: Equatable, Sendable {
  /// From 0.
  package var epoch: Int
  /// Samples of the epoch already used.
  package var cursor: Int

  package init(epoch: Int, cursor: Int) { (self.epoch, self.cursor) = (epoch, cursor) }
}

/// One batch with its place in the run.
package struct PlannedBatch {
  package let plan: BatchPlan
  /// Epochs from the beginning of the run to the end of this batch.
  package let endEpoch: Double
  /// Where the next batch begins.
  package let next: DataPosition

  /// Whether the next batch belongs to another epoch.
  var endsEpoch: Bool { next.cursor == 0 }
}

/// The batches of a run by position: a pure function of configuration and index.
package struct BatchStream {
  private let planner: BatchPlanner
  private let seed: UInt64
  private let batchSize: Int
  private var order: EpochOrder
  private var orderEpoch = 0

  init(planner: BatchPlanner, seed: UInt64, batchSize: Int) {
    self.planner = planner
    self.seed = seed
    self.batchSize = batchSize
    order = EpochOrder(seed: seed, epoch: 0, count: planner.index.count)
  }

  /// The batch that begins at `position`; the last one of an epoch may be smaller.
  package mutating func batch(at position: DataPosition) -> PlannedBatch {
    if position.epoch != orderEpoch {
      order = EpochOrder(seed: seed, epoch: position.epoch, count: planner.index.count)
      orderEpoch = position.epoch
    }
    let count = planner.index.count
    let end = min(position.cursor + batchSize, count)
    return PlannedBatch(
      plan: planner.plan(order: order, epoch: position.epoch, positions: position.cursor..<end),
      endEpoch: Double(position.epoch) + Double(end) / Double(count),
      next: end < count
        ? DataPosition(epoch: position.epoch, cursor: end)
        : DataPosition(epoch: position.epoch + 1, cursor: 0))
  }
}

/// The next batches of a run. Each is planned, and its images are requested, one step before it is used, so
/// that they are loaded while the step before computes.
struct BatchQueue: IteratorProtocol {
  private var stream: BatchStream
  private let request: (BatchPlan) -> Void
  private var following: PlannedBatch?
  /// Batches still to be planned.
  private var remaining: Int

  /// - Parameters:
  ///   - count: batches from `position` on.
  ///   - request: begins to load the images of a batch.
  init(
    _ stream: BatchStream, from position: DataPosition, count: Int,
    request: @escaping (BatchPlan) -> Void
  ) {
    self.stream = stream
    self.request = request
    remaining = count
    plan(at: position)
  }

  mutating func next() -> PlannedBatch? {
    guard let batch = following else { return nil }
    plan(at: batch.next)
    return batch
  }

  private mutating func plan(at position: DataPosition) {
    guard remaining > 0 else {
      following = nil
      return
    }
    remaining -= 1
    let batch = stream.batch(at: position)
    request(batch.plan)
    following = batch
  }
}

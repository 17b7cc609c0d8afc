// The indices of a run and the order in which their samples are used.

import Foundation
import ImageCodecs
import ImageData
import MPI
import MUSIQ
import Multiscale
import RunConfig

/// Training and validation sets of a run.
public struct TrainingData: Sendable {
  public let training: SampleIndex
  public let validation: SampleIndex?
  public let warnings: [String]

  /// Opens the sets that the configuration names; sizes are read from headers once and kept.
  /// - Collective. Throws: `DataError`, the same on every rank.
  public init(_ data: DataConfiguration, indexDirectory: String, world: Communicator) throws {
    let directory = data.indexDirectory.isEmpty ? indexDirectory : data.indexDirectory
    let options = DecodeOptions(cosineTransform: data.dct)
    let opened = try IndexBuilder(options: options).open(
      data.train, cacheDirectory: directory, world: world)
    training = opened.index
    var warnings = opened.warnings + Self.exclusions(of: opened)
    if data.validation.isEmpty {
      validation = nil
    } else {
      let held = try IndexBuilder(classNames: opened.index.classNames, options: options).open(
        data.validation, cacheDirectory: directory, world: world)
      validation = held.index
      warnings += held.warnings + Self.exclusions(of: held)
    }
    self.warnings = warnings
  }

  /// What an index that was measured in an earlier run has to say; a new one has its own warnings.
  private static func exclusions(of opened: OpenedIndex) -> [String] {
    let index = opened.index
    guard !opened.wasBuilt, let first = index.excluded.first else { return [] }
    return [
      "\(index.excluded.count) of \(index.excluded.count + index.count) files in \(index.root) are "
        + "unusable and excluded, for example \(first.path): \(first.reason)"
    ]
  }

  /// Steps of one epoch; the last batch may be smaller.
  public func stepsPerEpoch(globalBatchSize: Int) -> Int {
    (training.count + globalBatchSize - 1) / globalBatchSize
  }
}

/// The batches of a run, planned one step ahead so that images are loaded while the previous step
/// computes.
struct BatchStream {
  private let planner: BatchPlanner
  private let seed: UInt64
  private let batchSize: Int
  private var order: EpochOrder
  private var orderEpoch: Int

  init(planner: BatchPlanner, seed: UInt64, batchSize: Int) {
    self.planner = planner
    self.seed = seed
    self.batchSize = batchSize
    orderEpoch = 0
    order = EpochOrder(seed: seed, epoch: 0, count: planner.index.count)
  }

  /// The batch at a position of the run.
  mutating func plan(at position: DataPosition) -> BatchPlan {
    if position.epoch != orderEpoch {
      order = EpochOrder(seed: seed, epoch: position.epoch, count: planner.index.count)
      orderEpoch = position.epoch
    }
    let end = min(position.cursor + batchSize, planner.index.count)
    return planner.plan(order: order, epoch: position.epoch, positions: position.cursor..<end)
  }

  /// The position behind the batch at `position`.
  func next(after position: DataPosition) -> DataPosition {
    let cursor = position.cursor + batchSize
    return cursor < planner.index.count
      ? DataPosition(epoch: position.epoch, cursor: cursor)
      : DataPosition(epoch: position.epoch + 1, cursor: 0)
  }
}

/// Where a run is in its data.
struct DataPosition: Equatable, Sendable {
  var epoch: Int
  /// Samples of the epoch already used.
  var cursor: Int
}

// Everything that training changes, and nothing else.

import Checkpoints
import DataParallel
import MPI
import Optimizers
import Tensors

/// Parameters, moments and the position in the run. What a checkpoint holds and a digest covers.
public struct TrainState {
  /// Updates attempted so far; the number of the next step.
  public var step = 0
  /// Epoch of the next sample, from 0.
  public var epoch = 0
  /// Samples of this epoch that have been used.
  public var cursor = 0
  /// Updates applied to the parameters, for Adam's bias correction.
  public var optimizerStep = 0
  public let parameters: ParameterStore
  /// One buffer per moment, for this rank's update segment.
  public let moments: [AlignedBuffer<Float>]
  public let momentNames: [String]
  /// The part of the flat store that `moments` cover.
  public let segment: Range<Int>
  /// What parameters and moments were when they were last written; nil before.
  private(set) var seal: StateSeal?

  /// Zeroed state; `segment` is what the reducer lets this rank update.
  public init(layout: ParameterLayout, optimizer: any Optimizer, segment: Range<Int>) {
    parameters = ParameterStore(layout: layout)
    moments = optimizer.momentNames.map { _ in AlignedBuffer(count: segment.count) }
    momentNames = optimizer.momentNames
    self.segment = segment
  }

  /// The place in the data.
  var position: DataPosition { DataPosition(epoch: epoch, cursor: cursor) }

  /// A step over `batch` is done.
  mutating func advance(past batch: PlannedBatch) {
    step += 1
    (epoch, cursor) = (batch.next.epoch, batch.next.cursor)
  }

  /// One update of this rank's segment.
  /// - Parameter scale: factor from the gradient's sum to its clipped mean.
  mutating func update(
    by optimizer: any Optimizer, along gradient: GradientSum, scale: Double, learningRate: Double
  ) {
    optimizerStep += 1
    optimizer.update(
      UpdateSegment(
        parameters: parameters.buffer.pointer, gradient: gradient.values,
        moments: moments.map(\.pointer), segment: gradient.segment),
      step: optimizerStep, learningRate: Float(learningRate), gradientScale: Float(scale))
  }

  /// Notes what parameters and moments are, because nothing may change them before the next update.
  mutating func sealState() { seal = makeSeal() }

  // MARK: Checkpoints

  /// The views that a checkpoint reads and writes: this rank's segment of every moment.
  ///
  /// With a replicated optimizer each rank holds whole moments; it writes its segment of them, and after
  /// a load `restore` fills in the rest.
  func checkpointTensors(rank: Int, partition: FlatPartition) -> CheckpointTensors {
    let own = partition.segments[rank]
    let views = zip(momentNames, moments).map { name, moment in
      let start = own.lowerBound - segment.lowerBound
      return (name: name, segment: moment[start..<start + own.count])
    }
    return CheckpointTensors(
      layout: parameters.layout, parameters: parameters.buffer.elements, moments: views,
      partition: partition, owners: [parameters.buffer] + moments)
  }

  /// Goes on from a checkpoint whose tensors have been loaded: takes over its position, and shares the
  /// moments if every rank needs all of them.
  /// - Collective.
  mutating func restore(
    _ saved: CheckpointState, partition: FlatPartition, world: Communicator
  ) throws {
    if segment.count == partition.count, world.size > 1 {
      for moment in moments {
        try world.allGather(inPlace: moment.elements, segments: partition.segments)
      }
    }
    (step, epoch, cursor) = (saved.step, saved.epoch, saved.cursor)
    optimizerStep = saved.optimizerStep
  }
}

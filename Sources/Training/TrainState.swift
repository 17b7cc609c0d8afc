// Everything that training changes, and nothing else.

import Checkpoints
import DataParallel
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

  /// Zeroed state; `segment` is what the reducer lets this rank update.
  public init(layout: ParameterLayout, optimizer: any Optimizer, segment: Range<Int>) {
    parameters = ParameterStore(layout: layout)
    moments = optimizer.momentNames.map { _ in AlignedBuffer(count: segment.count) }
    momentNames = optimizer.momentNames
    self.segment = segment
  }

  /// The views that a checkpoint reads and writes: this rank's segment of every moment.
  ///
  /// With a replicated optimiser each rank holds whole moments; it writes its segment of them, and after
  /// a load `shareMoments` fills in the rest.
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

  /// Takes over the position that a checkpoint was written at.
  mutating func restorePosition(from saved: CheckpointState) {
    step = saved.step
    epoch = saved.epoch
    cursor = saved.cursor
    optimizerStep = saved.optimizerStep
  }
}

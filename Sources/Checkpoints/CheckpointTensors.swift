// The tensors of a training state as one rank holds them.

import Tensors

/// Views of a rank's parameters and moments. The memory must live as long as this value: objects that
/// own it are passed as `owners`, because Swift may free an object after its last use, which can be the
/// moment when its pointer is taken.
public struct CheckpointTensors {
  public let layout: ParameterLayout
  /// The whole flat store, `[layout.storageCount]`, the same on every rank.
  public let parameters: UnsafeMutableBufferPointer<Float>
  /// Optimizer moments by name; this rank's segment only, `[partition.segments[rank].count]`. May be
  /// empty: then checkpoints are read for their parameters only.
  public let moments: [(name: String, segment: UnsafeMutableBufferPointer<Float>)]
  public let partition: FlatPartition
  private let owners: [AnyObject]

  /// - Precondition: the parameters fill the layout, the partition covers it, moment names are unique
  ///   and contain no slash or comma.
  public init(
    layout: ParameterLayout, parameters: UnsafeMutableBufferPointer<Float>,
    moments: [(name: String, segment: UnsafeMutableBufferPointer<Float>)], partition: FlatPartition,
    owners: [AnyObject] = []
  ) {
    precondition(
      parameters.count == layout.storageCount && partition.count == layout.storageCount,
      """
      expected \(layout.storageCount) floats, got \(parameters.count) parameters and a partition of \
      \(partition.count)
      """)
    precondition(
      Set(moments.map(\.name)).count == moments.count
        && moments.allSatisfy { !$0.name.isEmpty && !$0.name.contains { "/,".contains($0) } },
      "moment names must be unique, without slash or comma: \(moments.map(\.name))")
    self.layout = layout
    self.parameters = parameters
    self.moments = moments.sorted { $0.name < $1.name }
    self.partition = partition
    self.owners = owners
  }

  /// Group names in file order: the parameters, then the moments by name.
  var groups: [String] { ["parameters"] + moments.map { "optimizer/\($0.name)" } }

  /// The elements of `entry` that lie in the segment of `rank`, counted from the tensor's first.
  func slab(of entry: ParameterLayout.Entry, rank: Int) -> Range<Int> {
    let part = partition.segments[rank].clamped(to: entry.range)
    guard !part.isEmpty else { return 0..<0 }
    return part.lowerBound - entry.range.lowerBound..<part.upperBound - entry.range.lowerBound
  }

  /// Memory of the first element of a slab of this rank; nil for an empty slab.
  /// - Parameter group: index into `groups`.
  func memory(
    group: Int, entry: ParameterLayout.Entry, slab: Range<Int>, rank: Int
  ) -> UnsafeMutablePointer<Float>? {
    guard !slab.isEmpty else { return nil }
    let index = entry.range.lowerBound + slab.lowerBound
    if group == 0 { return parameters.baseAddress.map { $0 + index } }
    let segment = moments[group - 1].segment
    let first = partition.segments[rank].lowerBound
    precondition(
      segment.count == partition.segments[rank].count,
      "moment \(moments[group - 1].name): expected the segment's "
        + "\(partition.segments[rank].count) floats, got \(segment.count)")
    return segment.baseAddress.map { $0 + index - first }
  }
}

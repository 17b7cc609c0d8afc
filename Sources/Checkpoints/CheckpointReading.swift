// Going on from a checkpoint, at any number of ranks.

import HDF5
import MPI
import Tensors

/// A run that goes on.
public struct Resumed: Sendable {
  public let state: CheckpointState
  /// The checkpoint that was loaded.
  public let path: String
  /// Newer checkpoints that were skipped, each with the reason.
  public let warnings: [String]

  public init(state: CheckpointState, path: String, warnings: [String] = []) {
    (self.state, self.path, self.warnings) = (state, path, warnings)
  }
}

extension CheckpointStore {
  /// Loads the newest checkpoint that is sound; damaged ones are skipped with a warning.
  ///
  /// - Collective: with the same layout and partition on every rank.
  /// - Returns: nil, with the tensors untouched, when there is no checkpoint.
  /// - Throws: `CheckpointError`, the same on all ranks: `mismatch` for a checkpoint of another model,
  ///   `noneUsable` when all are damaged (the tensors are undefined then).
  public func resume(into tensors: CheckpointTensors) throws -> Resumed? {
    let paths = try all()
    var warnings: [String] = []
    for path in paths {
      do {
        let state = try load(path, into: tensors)
        return Resumed(state: state, path: path, warnings: warnings)
      } catch let error as CheckpointError where error.cause == .unreadable {
        warnings.append("skipped \(error)")
      }
    }
    guard paths.isEmpty else {
      throw CheckpointError(
        .noneUsable, path: directory, reason: warnings.joined(separator: "; "))
    }
    return nil
  }

  /// Loads one checkpoint, written by any number of ranks.
  ///
  /// Every rank opens the file by itself, so nothing in it can make ranks wait for each other, and reads
  /// its own segment of parameters and moments; the parameters are shared afterwards. After each stage
  /// the ranks agree on its outcome.
  /// - Collective: with the same layout and partition on every rank.
  /// - Throws: `CheckpointError` of kind `unreadable` or `mismatch`, the same on all ranks; the tensors
  ///   are undefined then.
  public func load(_ path: String, into tensors: CheckpointTensors) throws -> CheckpointState {
    precondition(
      tensors.partition.segments.count == world.size,
      "expected \(world.size) segments, got \(tensors.partition.segments.count)")
    let table = try agreedTable(path, tensors)

    // Read and check. The sums over ranks are compared with those in the file.
    var slabs = [UInt32](
      repeating: 0, count: tensors.groups.count * tensors.layout.entries.count)
    var failure: CheckpointError?
    do {
      let file = try File.openReadOnly(path)
      slabs = try CheckpointSlabs.map(tensors, rank: world.rank) { group, entry, slab in
        guard
          let memory = tensors.memory(group: group, entry: entry, slab: slab, rank: world.rank)
        else { return 0 }
        let name = "\(tensors.groups[group])/\(entry.name)"
        let dataset = try Dataset(opening: name, in: file)
        guard dataset.shape == entry.shape else {
          throw CheckpointError(.unreadable, path: path, reason: "\(name): the file has changed")
        }
        try dataset.read(slab, into: memory)
        guard Fingerprint(UnsafeBufferPointer(start: memory, count: slab.count)).isFinite else {
          throw CheckpointError(
            .unreadable, path: path, reason: "\(name) has values that are infinite or NaN")
        }
        return CRC32C.checksum(memory, count: slab.count)
      }
    } catch {
      failure =
        error as? CheckpointError
        ?? CheckpointError(.unreadable, path: path, reason: "\(error)")
    }
    try world.agree(on: failure)
    let expected = Dictionary(table.tensors.map { ($0.path, $0.crc) }) { first, _ in first }
    for tensor in CheckpointSlabs.combine(try world.allGather(slabs), tensors)
    where expected[tensor.path] != tensor.crc {
      // The same on all ranks: sums and table are.
      throw CheckpointError(
        .unreadable, path: path, reason: "\(tensor.path): the checksum of its values is wrong")
    }
    try world.allGather(inPlace: tensors.parameters, segments: tensors.partition.segments)
    return table.state
  }

  /// The table of contents, sound, fitting and the same on all ranks.
  private func agreedTable(_ path: String, _ tensors: CheckpointTensors) throws -> CheckpointTable {
    var table: CheckpointTable?
    var failure: CheckpointError?
    do throws(CheckpointError) {
      let found = try CheckpointFile.table(of: path)
      try found.require(tensors.layout, groups: tensors.groups, path: path)
      table = found
    } catch {
      failure = error
    }
    try world.agree(on: failure)
    let sums = try world.allGather([table?.manifestCRC ?? 0])
    guard let table, sums.allSatisfy({ $0 == sums[0] }) else {
      throw CheckpointError(
        .unreadable, path: path, reason: "the ranks see different files under this name")
    }
    return table
  }
}

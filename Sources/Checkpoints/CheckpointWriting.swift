// The commit protocol: reserve, write together, synchronize, read back, rename.

import Files
import HDF5
import MPI
import Tensors

/// What writing a checkpoint took.
public struct WriteReport: Sendable {
  public let path: String
  /// Size of the file.
  public let bytes: Int
  /// Seconds from the call to the end of the last rank's fsync.
  public let writeSeconds: Double
  /// Seconds of reading back, renaming and pruning.
  public let verifySeconds: Double
  /// Old files that could not be removed, links that could not be made.
  public let warnings: [String]
}

extension CheckpointStore {
  /// Writes a checkpoint with all ranks and gives it its name when it has been read back.
  ///
  /// `state` is taken from rank 0. Each rank writes its segment of the parameters and moments. An
  /// existing checkpoint of the same step is replaced.
  /// - Parameter name: a file name of its own in the directory, for a checkpoint that is not a step of
  ///   a run; then nothing else in the directory is touched.
  /// - Collective.
  /// - Throws: `CheckpointError`, the same on all ranks, training may go on when it is `isRecoverable`;
  ///   or with `mustAbort` on any rank, which then has to end the job. `MPIError` the same way.
  /// - Cost: 4 bytes per parameter and moment, written once and read once; two CRC-32C of them.
  public func write(
    _ state: CheckpointState, _ tensors: CheckpointTensors, name: String? = nil
  ) throws -> WriteReport {
    precondition(
      tensors.partition.segments.count == world.size,
      "expected \(world.size) segments, got \(tensors.partition.segments.count)")
    let start = ContinuousClock.now
    let state = try agreed(state)
    let nonce = try prepare(tensors, sweeping: name == nil)
    let temporary = "\(directory)/\(CheckpointName.temporary(step: state.step, nonce: nonce))"

    let slabs = try checksums(of: tensors)
    let table = CheckpointTable(
      state: state, moments: tensors.moments.map(\.name),
      tensors: CheckpointSlabs.combine(slabs, tensors))
    do {
      try write(table, tensors, to: temporary)
    } catch {
      throw CheckpointError(.mustAbort, path: temporary, reason: "\(error)")
    }
    try synchronize(temporary)
    let written = ContinuousClock.now

    beforeVerification?(temporary)
    try verify(temporary, slabs, tensors)
    let target = name.map { "\(directory)/\($0)" } ?? path(step: state.step)
    let outcome = try world.onRoot { () throws(CheckpointError) -> Outcome in
      do throws(FileError) {
        let bytes = try FileStatus(temporary).size
        try FileSystem.rename(temporary, to: target)
        try FileSystem.synchronize(directory)
        let warnings = name == nil ? prune(after: state.step) + link(after: state.step) : []
        return Outcome(bytes: bytes, warnings: warnings)
      } catch {
        throw CheckpointError(.directory, path: error.path, reason: error.detail)
      }
    }
    return WriteReport(
      path: target, bytes: outcome.bytes,
      writeSeconds: (written - start).seconds,
      verifySeconds: (ContinuousClock.now - written).seconds, warnings: outcome.warnings)
  }

  /// What rank 0 finds after the last write.
  private struct Outcome: Codable {
    var bytes: Int
    var warnings: [String]
  }

  /// The state of rank 0 on every rank: attributes must have the same bytes everywhere.
  private func agreed(_ state: CheckpointState) throws -> CheckpointState {
    var result = state
    if state.createdAt.isEmpty { result.createdAt = timeStamp() }
    result.worldSize = world.size
    return try world.shared(result)
  }

  /// Makes the directory, sweeps it, and makes sure that there is room before anything is written.
  /// - Returns: a number used once, in hexadecimal.
  private func prepare(_ tensors: CheckpointTensors, sweeping: Bool) throws -> String {
    try world.onRoot { () throws(CheckpointError) in
      let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
      do throws(FileError) {
        try FileSystem.makeDirectory(directory)
        if sweeping { try sweep() }
      } catch {
        throw CheckpointError(.directory, path: error.path, reason: error.detail)
      }
      // 5 % for alignment and metadata, 16 MiB for the smallest files.
      let data = tensors.groups.count * tensors.layout.storageCount * MemoryLayout<Float>.stride
      let bytes = data + data / 20 + 16 << 20
      do throws(FileError) {
        try FileSystem.reserve(bytes, at: "\(directory)/\(CheckpointName.ballast(nonce: nonce))")
      } catch {
        throw CheckpointError(
          error.isFull ? .noSpace : .directory, path: directory,
          reason: error.isFull ? "\(bytes) bytes needed, \(error.detail)" : error.detail)
      }
      return nonce
    }
  }

  /// Checksums of every rank's slab of every tensor, `[rank][group · entries + entry]`.
  private func checksums(of tensors: CheckpointTensors) throws -> [[UInt32]] {
    let own = CheckpointSlabs.map(tensors, rank: world.rank) { group, entry, slab in
      let memory = tensors.memory(group: group, entry: entry, slab: slab, rank: world.rank)
      return memory.map { CRC32C.checksum($0, count: slab.count) } ?? 0
    }
    return try world.allGather(own)
  }

  /// The collective part. After an error in here the ranks are out of step.
  private func write(
    _ table: CheckpointTable, _ tensors: CheckpointTensors, to path: String
  ) throws {
    let file = try File.createParallel(at: path, world: world)
    let entries = tensors.layout.entries
    for (index, tensor) in table.tensors.enumerated() {
      let (group, position) = index.quotientAndRemainder(dividingBy: entries.count)
      let dataset = try Dataset(creating: tensor.path, shape: tensor.shape, in: file)
      try dataset.setAttribute("position", position)
      try dataset.setAttribute("crc32c", tensor.crc)
      guard tensor.count > 0 else { continue }
      let slab = tensors.slab(of: entries[position], rank: world.rank)
      let memory = tensors.memory(
        group: group, entry: entries[position], slab: slab, rank: world.rank)
      try dataset.write(slab, from: memory.map { UnsafePointer($0) })
    }
    try table.write(to: file)
    try file.flush()
    try file.close()
  }

  /// Every rank's data on stable storage: closing writes after the flush, so each rank synchronizes.
  private func synchronize(_ path: String) throws {
    var failure: CheckpointError?
    do {
      try FileSystem.synchronize(path)
    } catch {
      failure = CheckpointError(.verification, path: path, reason: error.detail)
    }
    try agreeOrRemove(failure, path)
  }

  /// Each rank reads the slabs its neighbor wrote and compares them with what the neighbor had in
  /// memory. MPI-IO can lose data and report success.
  private func verify(
    _ path: String, _ slabs: [[UInt32]], _ tensors: CheckpointTensors
  ) throws {
    let neighbor = (world.rank + 1) % world.size
    var failure: CheckpointError?
    do {
      let file = try File.openReadOnly(path)
      let reader = ChunkReader()
      let found = try CheckpointSlabs.map(tensors, rank: neighbor) {
        group, entry, slab -> UInt32 in
        let name = "\(tensors.groups[group])/\(entry.name)"
        guard !slab.isEmpty else { return 0 }
        return try reader.checksum(of: slab, in: Dataset(opening: name, in: file))
      }
      if let index = found.indices.first(where: { found[$0] != slabs[neighbor][$0] }) {
        let count = tensors.layout.entries.count
        let name = "\(tensors.groups[index / count])/\(tensors.layout.entries[index % count].name)"
        failure = CheckpointError(
          .verification, path: path,
          reason: "\(name): elements of rank \(neighbor) differ from its memory")
      }
    } catch {
      failure = CheckpointError(.verification, path: path, reason: "\(error)")
    }
    try agreeOrRemove(failure, path)
  }

  private func agreeOrRemove(_ failure: CheckpointError?, _ path: String) throws {
    do {
      try world.agree(on: failure)
    } catch {
      // Best effort: a file that stays has a temporary name and is swept later.
      if world.rank == 0 { try? FileSystem.remove(path) }
      throw error
    }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

// Which piece of which tensor belongs to which rank, and checksums over such pieces.

import HDF5
import Tensors

enum CheckpointSlabs {
  /// Calls `body` for every tensor with the slab of `rank` in it, groups outside, entries inside.
  static func map<Value>(
    _ tensors: CheckpointTensors, rank: Int,
    _ body: (_ group: Int, _ entry: ParameterLayout.Entry, _ slab: Range<Int>) throws -> Value
  ) rethrows -> [Value] {
    var result: [Value] = []
    for group in tensors.groups.indices {
      for entry in tensors.layout.entries {
        result.append(try body(group, entry, tensors.slab(of: entry, rank: rank)))
      }
    }
    return result
  }

  /// The tensors with checksums of their whole values, from those of all ranks' slabs.
  static func combine(_ slabs: [[UInt32]], _ tensors: CheckpointTensors) -> [CheckpointTensor] {
    let entries = tensors.layout.entries
    return tensors.groups.indices.flatMap { group in
      entries.indices.map { position in
        var crc: UInt32 = 0
        for rank in slabs.indices {
          let length = tensors.slab(of: entries[position], rank: rank).count
          guard length > 0 else { continue }
          crc = CRC32C.combine(
            crc, slabs[rank][group * entries.count + position],
            secondLength: length * MemoryLayout<Float>.stride)
        }
        return CheckpointTensor(
          group: tensors.groups[group], name: entries[position].name,
          shape: entries[position].shape, crc: crc)
      }
    }
  }
}

/// Reads datasets in pieces of 1 MiB, so that no file decides how much memory is used.
final class ChunkReader {
  private let chunk: AlignedBuffer<Float>

  init(floats: Int = 1 << 18) { chunk = AlignedBuffer(count: floats) }

  /// Calls `body` with consecutive pieces of the elements `range`.
  func read(
    _ range: Range<Int>, of dataset: borrowing Dataset,
    _ body: (UnsafeBufferPointer<Float>) -> Void
  ) throws {
    for first in stride(from: range.lowerBound, to: range.upperBound, by: chunk.count) {
      let part = first..<min(first + chunk.count, range.upperBound)
      try dataset.read(part, into: chunk.pointer)
      body(UnsafeBufferPointer(start: chunk.pointer, count: part.count))
    }
  }

  /// CRC-32C of the elements `range`.
  func checksum(of range: Range<Int>, in dataset: borrowing Dataset) throws -> UInt32 {
    var crc = CRC32C()
    try read(range, of: dataset) { crc.update(UnsafeRawBufferPointer($0)) }
    return crc.value
  }
}

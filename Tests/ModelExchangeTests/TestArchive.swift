// Archives made byte by byte, so that every part of them can lie.

import Foundation
import TestSupport

/// Writes stored zip entries by hand.
struct TestArchive {
  struct Entry {
    var name: String
    var data: [UInt8]
    var declaredSize: Int?
    var checksum: UInt32?
    var method: UInt16 = 0
    var flags: UInt16 = 0
  }

  var entries: [Entry] = []

  /// Adds a .npy array with the header text given and any data.
  mutating func add(
    _ name: String, header: String, data: [UInt8], declaredHeaderSize: Int? = nil,
    version: UInt8 = 1
  ) {
    let length = declaredHeaderSize ?? header.utf8.count
    let field = version == 1 ? littleEndian(length, 2) : littleEndian(length, 4)
    entries.append(
      Entry(
        name: "\(name).npy",
        data: [0x93] + Array("NUMPY".utf8) + [version, 0] + field + Array(header.utf8) + data))
  }

  mutating func add(_ name: String, shape: [Int], values: [Float]) {
    let sizes = shape.map(String.init).joined(separator: ", ") + ","
    add(
      name, header: "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }\n",
      data: values.flatMap { littleEndian(Int($0.bitPattern), 4) })
  }

  var bytes: [UInt8] {
    var result: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let name = Array(entry.name.utf8)
      let size = entry.declaredSize ?? entry.data.count
      let common =
        littleEndian(20, 2) + littleEndian(Int(entry.flags), 2)
        + littleEndian(Int(entry.method), 2) + littleEndian(0x21_0000, 4)
        + littleEndian(Int(entry.checksum ?? checksum(of: entry.data)), 4)
        + littleEndian(size, 4) + littleEndian(size, 4) + littleEndian(name.count, 2)
      let offset = result.count
      result += [0x50, 0x4B, 3, 4] + common + littleEndian(0, 2) + name + entry.data
      directory +=
        [0x50, 0x4B, 1, 2] + littleEndian(0x314, 2) + common + littleEndian(0, 2)
        + littleEndian(0, 6) + littleEndian(0o100644 << 16, 4) + littleEndian(offset, 4) + name
    }
    let start = result.count
    return result + directory + [0x50, 0x4B, 5, 6] + littleEndian(0, 4)
      + littleEndian(entries.count, 2) + littleEndian(entries.count, 2)
      + littleEndian(directory.count, 4) + littleEndian(start, 4) + littleEndian(0, 2)
  }

  func write(to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

  /// CRC-32 of zip files, bit by bit.
  private func checksum(of data: [UInt8]) -> UInt32 {
    var crc: UInt32 = ~0
    for byte in data {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}

func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// The committed files, written by NumPy.
enum NPZFixture {
  static func path(_ name: String) -> String {
    Golden.fixtures.appendingPathComponent("npz/\(name)").path
  }
  static let stored = path("tiny-stored.npz")
  static let mixed = path("tiny-mixed.npz")
}

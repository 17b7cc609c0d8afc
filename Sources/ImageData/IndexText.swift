// The file format of an index: text, one line per sample, made for being read in one pass over
// bytes.
//
//     musiq-index 2
//     root⇥/data/train
//     kind⇥classification                         classification | quality | distribution |
//                                                 attributes
//     classes⇥2                                   followed by one name per line
//     n01440764
//     n01443537
//     samples⇥3                                   followed by path⇥target⇥height⇥width⇥bytes
//     n01440764/n01440764_10026.JPEG⇥0⇥375⇥500⇥51843
//     …                                           target: class | score | share,… | score,…
//     excluded⇥1                                  followed by path⇥reason
//     n01440764/broken.JPEG⇥no image format
//     end⇥cbf29ce484222325                        FNV-1a of the lines after root, without this one
//
// Version 1 had no lengths of files, and the excluded files before the samples.
// In names, backslash, tab, line feed and carriage return are written \\ \t \n \r.

import Tensors

enum IndexText {
  /// What every version begins with.
  static let noun = "musiq-index "
  static let magic = noun + "2"

  /// The whole file.
  static func bytes(of index: SampleIndex) -> [UInt8] {
    let body = contents(of: index) + excluded(of: index)
    var hash = ByteHash()
    hash.combine(body)
    var bytes = Array("\(magic)\nroot\t".utf8)
    append(index.root, to: &bytes)
    bytes.append(0x0A)
    bytes += body
    bytes += Array("end\t\(hash.text)\n".utf8)
    return bytes
  }

  /// The lines from `kind` to the last sample, which the digest covers.
  static func contents(of index: SampleIndex) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64 * (index.samples.count + 16))
    bytes += Array("kind\t\(index.kind.setWord)\nclasses\t\(index.classNames.count)\n".utf8)
    for name in index.classNames {
      append(name, to: &bytes)
      bytes.append(0x0A)
    }
    bytes += Array("samples\t\(index.samples.count)\n".utf8)
    for sample in index.samples {
      append(sample.path, to: &bytes)
      bytes.append(0x09)
      switch sample.target {
      case .classIndex(let label): append(Int(label), to: &bytes)
      case .score(let score): bytes += Array(score.description.utf8)
      case .ratings(let shares), .attributes(let shares):
        bytes += Array(shares.map(\.description).joined(separator: ",").utf8)
      }
      bytes.append(0x09)
      append(Int(sample.height), to: &bytes)
      bytes.append(0x09)
      append(Int(sample.width), to: &bytes)
      bytes.append(0x09)
      append(sample.byteCount, to: &bytes)
      bytes.append(0x0A)
    }
    return bytes
  }

  private static func excluded(of index: SampleIndex) -> [UInt8] {
    var bytes = Array("excluded\t\(index.excluded.count)\n".utf8)
    for file in index.excluded {
      append(file.path, to: &bytes)
      bytes.append(0x09)
      append(file.reason, to: &bytes)
      bytes.append(0x0A)
    }
    return bytes
  }

  private static func append(_ name: String, to bytes: inout [UInt8]) {
    for byte in name.utf8 {
      switch byte {
      case 0x5C: bytes += [0x5C, 0x5C]
      case 0x09: bytes += [0x5C, UInt8(ascii: "t")]
      case 0x0A: bytes += [0x5C, UInt8(ascii: "n")]
      case 0x0D: bytes += [0x5C, UInt8(ascii: "r")]
      default: bytes.append(byte)
      }
    }
  }

  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    if number >= 10 { append(number / 10, to: &bytes) }
    if number < 0 {
      bytes += Array(String(number).utf8)
    } else {
      bytes.append(UInt8(0x30 + number % 10))
    }
  }
}

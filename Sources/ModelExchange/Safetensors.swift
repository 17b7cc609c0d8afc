// Parameters → .safetensors: length of a JSON header (u64), header padded with spaces to 8 bytes, data.

import Checkpoints
import Files
import Tensors

/// Which names and layouts an export uses.
public enum ExportNames: String, CaseIterable, Sendable {
  /// As in the official checkpoints; kernels HWIO and `[inputs, outputs]`.
  case official
  /// As in the state dictionary of pyiqa; kernels OIHW and `[outputs, inputs]`.
  case pyiqa
}

public enum Safetensors {
  /// Writes all parameters as F32; `SafetensorsFile` reads them.
  /// - Parameter metadata: texts for `__metadata__`.
  /// - Throws: `CheckpointError`; the file is complete or absent.
  public static func write(
    _ store: ParameterStore, names: ExportNames, metadata: [String: String], to path: String
  ) throws(CheckpointError) {
    let tensors = store.layout.entries.map { entry in
      names == .pyiqa ? PyIQATensor(entry) : PyIQATensor(unchanged: entry)
    }
    let header = header(of: tensors, metadata: metadata)
    let dataCount = tensors.reduce(0) { $0 + $1.source.count * 4 }
    try ModelFile.replace(path) { file in
      try file.write(header)
      for tensor in tensors {
        let values = tensor.values(in: store)
        try values.withUnsafeBytes { try file.write($0) }
      }
    } verify: { temporary in
      guard try FileStatus(temporary).size == header.count + dataCount else {
        throw CheckpointError(.verification, path: temporary, reason: "has another length")
      }
    }
  }

  private static func header(of tensors: [PyIQATensor], metadata: [String: String]) -> [UInt8] {
    var parts: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(JSONText.quoted($0)):\(JSONText.quoted($1))"
      }
      parts.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.source.count * 4
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(JSONText.quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(parts.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    return (0..<8).map { UInt8(text.count >> ($0 * 8) & 255) } + text
  }
}

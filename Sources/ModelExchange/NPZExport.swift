// Parameters → .npz with official names: what the official code and NumPy read.

import Checkpoints
import Tensors
import ZipArchives

extension NPZFile {
  /// Writes all parameters as float32 under `opt/target/<official name>`, stored.
  /// - Parameter configuration: the run configuration, kept beside the parameters under `extra/`, where
  ///   other programs do not look; nil for none.
  /// - Throws: `CheckpointError`; the file is complete or absent.
  public static func write(
    _ store: ParameterStore, configuration: String?, to path: String
  ) throws(CheckpointError) {
    try ModelFile.replace(path) { file in
      let archive = try ZipWriter(descriptor: file.descriptor)
      for entry in store.layout.entries {
        let header = NPYHeader(type: .float32, shape: entry.shape).bytes
        try header.withUnsafeBytes {
          try archive.add(
            "opt/target/\(entry.name).npy", [$0, UnsafeRawBufferPointer(store.buffer[entry.range])])
        }
      }
      if let text = configuration.map({ Array($0.utf8) }) {
        let header = NPYHeader(type: .uint8, shape: [text.count]).bytes
        try (header + text).withUnsafeBytes { try archive.add(configurationEntry, [$0]) }
      }
      try archive.finish()
    } verify: { temporary in
      let written = try NPZFile(temporary)
      let report = WeightFile.npz(written).report(for: store.layout)
      guard report.refusals(allowing: []).isEmpty, report.unexpected.isEmpty else {
        throw CheckpointError(.verification, path: temporary, reason: "other parameters")
      }
      guard written.configuration == configuration else {
        throw CheckpointError(.verification, path: temporary, reason: "another configuration")
      }
    }
  }
}

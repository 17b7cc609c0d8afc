// Exported files: complete and read back, or absent.

import Checkpoints
import Files

enum ModelFile {
  /// Writes `path` under a temporary name, checks what is on disk and gives it its name.
  /// - Parameters:
  ///   - write: writes all of the file.
  ///   - verify: throws `CheckpointError` when the closed file at this path is not what was meant.
  /// - Throws: `CheckpointError` of kind `directory` or `verification`; nothing is left behind.
  static func replace(
    _ path: String, write: (FileReplacement) throws -> Void,
    verify: (_ temporaryPath: String) throws -> Void
  ) throws(CheckpointError) {
    do {
      try FileSystem.replace(path, verify: verify, write: write)
    } catch {
      let kind: CheckpointError.Cause = error is CheckpointError ? .verification : .directory
      throw CheckpointError(kind, path: path, reason: "\(error)")
    }
  }
}

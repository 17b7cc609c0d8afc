// Where a checkpoint is asked for, a directory is an answer, too.

import Files

/// Paths of checkpoints as people give them.
public enum CheckpointPath {
  /// `path`, or, if it is a directory, the best of its checkpoints: what `best.h5` leads to, else the
  /// newest by step. The directory is that of a run or its `checkpoints`.
  /// - Throws: `CheckpointError` for a directory without checkpoints.
  public static func resolve(_ path: String) throws(CheckpointError) -> String {
    guard (try? FileStatus(path))?.kind == .directory else { return path }
    for folder in [FilePath.join(path, "checkpoints"), path] {
      if let found = try best(in: folder) { return found }
    }
    throw CheckpointError(.unreadable, path: path, reason: "a directory without checkpoints")
  }

  /// Nil for a directory that has none, or is not there.
  private static func best(in folder: String) throws(CheckpointError) -> String? {
    let link = FilePath.join(folder, CheckpointName.best)
    if FileSystem.exists(link) {
      // By its own name: that of the link will lead elsewhere one day.
      return FilePath.join(folder, (try? FileSystem.link(link)) ?? CheckpointName.best)
    }
    do throws(FileError) {
      let names = try FileSystem.list(folder).compactMap(\.name.text)
      let newest = names.compactMap(CheckpointName.step(of:)).max()
      return newest.map { FilePath.join(folder, CheckpointName.file(step: $0)) }
    } catch {
      if error.isMissing { return nil }
      throw CheckpointError(.unreadable, path: folder, reason: error.reason)
    }
  }
}

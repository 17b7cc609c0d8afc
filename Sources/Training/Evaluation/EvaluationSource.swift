// Which rows of which set are evaluated, and whether that is what the user can have meant.

import Foundation
import ImageData
import MPI

/// The labelled set of an evaluation.
struct EvaluationSource {
  let path: String
  private let split: DataSplit?

  /// `data.manifest`, or the run's `data.validation`.
  init(_ data: DataConfiguration, split: DataSplit?) {
    path = data.manifest.isEmpty ? data.validation : data.manifest
    self.split = split
  }

  /// Refuses a split that the set does not have; a warning if it has one and all rows are used.
  /// - Collective. Throws: `RunError`, the same on every rank.
  func check(world: Communicator) throws -> String? {
    let header = try world.broadcast(text: world.rank == 0 ? header ?? "" : "", from: 0)
    let separators: Set<Character> = [",", ";", "\t"]
    let hasSplit = header.split(whereSeparator: { separators.contains($0) }).contains {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"\r\u{FEFF}")).lowercased() == "split"
    }
    switch (split, hasSplit) {
    case (.some(let split), false):
      throw RunError(
        "--split \(split.rawValue): \(path.isEmpty ? "the set" : path) has no column 'split'; "
          + "--split all uses all rows", exitCode: ExitCode.data)
    case (nil, true):
      return "all rows of \(path) are used, also those of training; --split test chooses"
    default: return nil
    }
  }

  /// The first line of a manifest; nil for folders and index files.
  private var header: String? {
    let lowered = path.lowercased()
    guard lowered.hasSuffix(".csv") || lowered.hasSuffix(".tsv"),
      let file = FileHandle(forReadingAtPath: path),
      let start = try? file.read(upToCount: 1 << 16)
    else { return nil }
    return String(decoding: start.prefix { $0 != 0x0A }, as: UTF8.self)
  }
}

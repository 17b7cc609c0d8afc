// The checkpoint that a run goes on from, looked at before anything is put together: the meaning of a
// trained head is not decided a second time.

import Checkpoints
import ImageData
import Labels
import MPI
import MUSIQ
import RunConfig

/// A saved state of the run, as far as its table of contents tells.
struct RunHistory {
  let path: String
  let state: CheckpointState
  /// Meaning and units of the trained outputs.
  let score: ScoreConfiguration

  /// The newest checkpoint that can be opened, or the one that is asked for; nil for a fresh start.
  ///
  /// Its values are not looked at: when they turn out to be damaged, an older one is loaded, and compared
  /// again.
  /// - Collective: rank 0 reads. Throws: `CheckpointError`, `ConfigurationError`, the same on every rank.
  init?(_ policy: ResumePolicy, in directory: RunDirectory, world: Communicator) throws {
    let paths: [String]
    switch policy {
    case .never: return nil
    case .file(let path): paths = [path]
    case .auto:
      let store = CheckpointStore(directory: directory.checkpoints, world: world, keepLast: 1)
      paths = try store.all()
    }
    let found = try world.onRoot { () throws(CheckpointError) -> Found? in
      for path in paths {
        do throws(CheckpointError) {
          let file = try CheckpointFile(path)
          return Found(path: file.path, state: file.state)
        } catch {
          if case .file = policy { throw error }
        }
      }
      return nil
    }
    guard let found else { return nil }
    (path, state) = (found.path, found.state)
    score = try RunConfiguration.read(
      yaml: state.configuration, named: "the configuration in \(path)"
    ).model.score
  }

  private struct Found: Codable {
    let path: String
    let state: CheckpointState
  }

  /// The classes of a trained classifier; nil where there are none with names.
  var classes: KnownClasses? {
    guard score.kind == .fixed(.classes), !score.names.isEmpty else { return nil }
    return KnownClasses(ClassNames(score.names), of: path)
  }

  /// What an earlier version of the program did not write into the checkpoint, in words.
  var unknowns: [String] {
    var unknowns: [String] = []
    if state.training == nil {
      unknowns.append(
        "\(path) does not say what data it was trained on: nothing proves that it was this")
    }
    if score.kind == .fixed(.classes), score.names.isEmpty {
      unknowns.append(
        "\(path) has no names of classes: they are matched by number; nothing proves that they are the "
          + "same")
    }
    return unknowns
  }
}

// Names that do not change: `best.h5` and `last.h5` lead to the best and to the last checkpoint of a run.

import Files
import HDF5

extension CheckpointStore {
  /// The best of `steps` by the figures in their files, the best first. Files that cannot be read, or
  /// have no figure, are not among them.
  /// - Cost: a few attributes of each file.
  func best(_ count: Int, of steps: [Int]) -> [Int] {
    let figured = steps.compactMap { step in
      Self.figure(in: path(step: step)).map { FiguredStep(step: step, figure: $0) }
    }
    return FiguredStep.best(count, of: figured)
  }

  /// The figure of the best checkpoint up to `step`; nil if none has a figure.
  /// - Collective. Throws: `CheckpointError`.
  public func bestFigure(upTo step: Int) throws -> ValidationFigure? {
    try world.onRoot { () throws(CheckpointError) -> ValidationFigure? in
      do throws(FileError) {
        let known = try steps().filter { $0 <= step }
        return best(1, of: known).first.flatMap { Self.figure(in: path(step: $0)) }
      } catch {
        throw CheckpointError(.directory, path: directory, reason: error.detail)
      }
    }
  }

  private static func figure(in path: String) -> ValidationFigure? {
    guard let file = try? File.openReadOnly(path) else { return nil }
    return try? CheckpointTable.figure(in: file)
  }

  /// Lets the links lead to the last and the best checkpoint up to `step`, which was just written.
  /// - Returns: one sentence for each link that cannot be made.
  func link(after step: Int) -> [String] {
    var targets = [(CheckpointName.last, step)]
    if keepBest > 0, let best = best(1, of: (try? steps().filter { $0 <= step }) ?? []).first {
      targets.append((CheckpointName.best, best))
    }
    return targets.compactMap { name, target in
      do throws(FileError) {
        try FileSystem.replaceLink("\(directory)/\(name)", to: CheckpointName.file(step: target))
        return nil
      } catch {
        return error.lacksLinks
          ? "\(directory): no \(CheckpointName.best) and \(CheckpointName.last): the file system "
            + "has no links (\(error.reason))"
          : "\(directory)/\(name) is left as it is: \(error.reason)"
      }
    }
  }
}

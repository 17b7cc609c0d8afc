// Many images over the threads of one process; their rows come in the order of the inputs.

import DataParallel
import Files
import Inference

/// Explains images with one model, each into a folder of its own.
public struct ExplanationPass: Sendable {
  let explainer: Explainer
  let request: ExplanationRequest
  let output: String
  private let gate: MemoryGate

  /// The folder of the images' folders, below the output folder.
  static let imageFolder = "images"
  /// Bytes of images in work when there are several threads; larger ones run alone.
  private static let memoryLimit = 2 << 30

  /// - Parameter output: the folder for everything; made when the first image is explained.
  public init(_ explainer: Explainer, request: ExplanationRequest, output: String) {
    (self.explainer, self.request, self.output) = (explainer, request, output)
    gate = MemoryGate(limit: Self.memoryLimit)
  }

  /// Explains `items` and hands each row to `emit`, in their order.
  ///
  /// A file that cannot be read is a row with the reason.
  /// - Parameter emit: called on the thread of the caller.
  /// - Throws: what concerns all images: `ExplanationError` for outputs that are not finite and files that
  ///   cannot be written, `FigureError`, `CheckpointError` of an array file; the first in the order of
  ///   the items. Nothing more is begun then.
  /// - Cost: memory of `workers` images, but no more than 2 GiB unless one image takes more.
  public func callAsFunction(
    _ items: [PredictionInputs.Item], workers: Int, emit: (ExplanationRow) throws -> Void
  ) throws {
    var names = FolderNames()
    let folders = items.map { "\(Self.imageFolder)/\(names.name(for: $0.path))" }
    let queue = OrderedQueue<Result<ExplanationRow, any Error>>(
      positions: Array(items.indices), ahead: 64 + 4 * workers)
    let pool = WorkerPool(count: max(1, min(workers, items.count)))
    defer { pool.close() }
    pool.start { _ in
      while let position = queue.next() {
        let outcome = Result { try row(items[position], folder: folders[position]) }
        queue.put(outcome, at: position)
      }
    }
    defer {
      queue.stop()
      try? pool.join()
    }
    for position in items.indices {
      for taken in queue.take(position..<position + 1, unless: { false }) {
        try emit(try taken.result.get())
      }
    }
  }

  private func row(_ item: PredictionInputs.Item, folder: String) throws -> ExplanationRow {
    func row(_ outcome: ExplanationRow.Outcome) -> ExplanationRow {
      ExplanationRow(path: item.path, folder: folder, outcome: outcome)
    }
    if let problem = item.problem { return row(.failed(problem)) }
    do {
      let bytes = try explainer.bytesInWork(item.path)
      gate.enter(bytes)
      defer { gate.leave(bytes) }
      return row(.explained(try result(item.path, folder: folder)))
    } catch ExplanationError.unreadable(_, let reason) {
      return row(.failed(reason))
    }
  }

  private func result(_ path: String, folder: String) throws -> ExplanationRow.Result {
    let image = try explainer.image(path)
    let explanation = try explainer.explain(image, ablates: request.ablates)
    var files = try ExplanationFiles("\(output)/\(folder)")
    try files.write(explanation, of: image, path: path, request: request, explainer: explainer)
    let thumbnail = try files.writeThumbnails(explanation, of: image, style: request.style)
    if request.drawsAspectCurve {
      try files.write(AspectCurve(explainer, image), title: FilePath.name(of: path))
    }
    return ExplanationRow.Result(
      explanation, damage: image.damage, thumbnail: thumbnail, files: files.names)
  }
}

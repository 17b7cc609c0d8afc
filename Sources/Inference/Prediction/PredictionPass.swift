// Many images over all workers and ranks; rank 0 gets the rows in the order of the inputs.

import DataParallel
import Foundation
import ImageCodecs
import Kernels
import MPI
import MUSIQ

/// Why a pass came to its end.
public enum PredictionEnd: Sendable, Equatable {
  case complete
  /// Nobody reads the output any more.
  case closed
}

/// How a pass is to run.
public struct PredictionOptions: Sendable {
  /// Worker threads per rank; 0: the processors of the node, divided by its ranks.
  public var workers = 0
  /// Bytes for images in work per rank; larger ones are refused. Nil: a GiB, larger ones run alone.
  public var memoryLimit: Int?
  /// What the user can do about images that are refused so; ends the reason in their rows.
  public var tooLargeAdvice = ""
  /// What several outputs are; nil for what the model says.
  public var head: ScoreConfiguration.Kind?
  /// Whether JPEG files are turned as EXIF says.
  public var orientation = DecodeOptions.OrientationPolicy.ignore
  /// Whether what is left of damaged files is scored.
  public var salvages = false
  /// Products of the forward pass; see `usablePrecision`.
  public var precision = Precision.fp32
  public init() {}
}

/// Scores images with one model.
public struct PredictionPass {
  private let predictor: ImagePredictor
  private let world: Communicator
  private let workers: Int

  /// - Collective.
  public init(_ stored: StoredModel, options: PredictionOptions, world: Communicator) throws {
    try stored.requireFinite()
    try [stored].requireEqual(in: world)
    predictor = ImagePredictor(stored, options)
    var parallel = stored.configuration.parallel
    // There are no shards here that could limit the workers.
    (parallel.workers, parallel.gradientShards) = (options.workers, 1 << 20)
    workers = try parallel.workerCount(world: world)
    self.world = world
  }

  /// Scores `items` and delivers each row once, in order, to `emit` on rank 0.
  ///
  /// Item i belongs to rank i mod ranks. Ranks exchange rows window by window; workers go on with the
  /// next window meanwhile. One rank alone delivers each row as soon as all before it are there.
  /// - Parameter emit: called on rank 0's main thread; false: nobody reads the rows, stop.
  /// - Collective: with the same items on every rank.
  @discardableResult
  public func callAsFunction(
    _ items: [PredictionInputs.Item], emit: (PredictionRow) throws -> Bool
  ) throws -> PredictionEnd {
    let (rank, size) = (world.rank, world.size)
    let queue = OrderedQueue<PredictionRow>(
      positions: Array(stride(from: rank, to: items.count, by: size)), ahead: 64 + 4 * workers)
    let pool = WorkerPool(count: workers)
    defer { pool.close() }
    let predictor = predictor
    pool.start { _ in
      let workspace = ImagePredictor.Workspace()
      while let position = queue.next() {
        queue.put(predictor.predict(items[position], in: workspace), at: position)
      }
    }
    defer {
      queue.stop()
      try? pool.join()
    }
    let window = size == 1 ? 1 : 8 * size
    var end = PredictionEnd.complete
    for first in stride(from: 0, to: items.count, by: window) {
      let positions = first..<min(first + window, items.count)
      let own = queue.take(positions)
      let everything = try exchange(own, end: end)
      if rank == 0 && end == .complete {
        for row in everything.rows where !(try emit(row)) {
          end = .closed
          break
        }
      }
      // With one rank there is no later exchange to tell about it.
      if size == 1 && end == .closed { return .closed }
      if everything.end != .complete { return everything.end }
    }
    return try exchange([], end: end).end
  }

  /// The rows of all ranks in order, and whether any rank knows that nobody reads them.
  private func exchange(
    _ own: [(position: Int, result: PredictionRow)], end: PredictionEnd
  ) throws -> (rows: [PredictionRow], end: PredictionEnd) {
    if world.size == 1 { return (own.map(\.result), end) }
    let message = PredictionMessage(
      rows: own.map { PredictionMessage.Entry(position: $0.position, row: $0.result) },
      isClosed: end == .closed)
    let messages = try world.gather(message)
    let rows = messages.flatMap(\.rows).sorted { $0.position < $1.position }.map(\.row)
    return (rows, messages.contains { $0.isClosed } ? .closed : .complete)
  }
}

/// What one rank tells the others about a window.
private struct PredictionMessage: Codable {
  struct Entry: Codable {
    let position: Int
    let row: PredictionRow
  }
  let rows: [Entry]
  let isClosed: Bool
}

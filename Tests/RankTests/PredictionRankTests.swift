import Foundation
import Inference
import MPI
import ModelTestSupport
import RunConfig
import TestSupport
import Testing
import Training

extension RankSuites {
  @Suite(.serialized) struct PredictionRankTests {
    let world: Communicator
    static let model = Golden.fixtures.appendingPathComponent("npz/tiny-stored.npz").path
    static let images = Golden.fixtures.appendingPathComponent("images").path

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    private func rows(
      _ items: [PredictionInputs.Item], world: Communicator, workers: Int
    ) throws -> [PredictionRow] {
      let stored = try StoredModel(Self.model, overrides: ["model.multiscale.nativePatchCap=8"])
      var options = PredictionOptions()
      options.workers = workers
      var rows: [PredictionRow] = []
      _ = try PredictionPass(stored, options: options, world: world)(items) {
        rows.append($0)
        return true
      }
      return rows
    }

    @Test("good and bad images give the same rows in the same order as one rank")
    func sameRows() throws {
      var inputs = PredictionInputs()
      inputs.add(Self.images)
      inputs.add("nowhere.png")
      let items = try world.shared(inputs.items)
      #expect(items.count == 97)
      let together = try rows(items, world: world, workers: 1 + world.rank % 2)
      #expect(together.isEmpty == (world.rank > 0))
      guard world.rank == 0 else { return }
      let alone = try rows(items, world: .alone(), workers: 1)
      #expect(together.map(\.path) == items.map(\.path))
      #expect(together.map(\.outcome) == alone.map(\.outcome))
      #expect(together.filter { $0.score == nil }.count == 38)
    }

    @Test("fewer images than ranks, none, and a closed output end on all ranks")
    func edges() throws {
      let one = [PredictionInputs.Item("\(Self.images)/rgb-8.png")]
      #expect(try rows(one, world: world, workers: 1).count == (world.rank == 0 ? 1 : 0))
      #expect(try rows([], world: world, workers: 1).isEmpty)
      let many = [PredictionInputs.Item](repeating: one[0], count: 20 * world.size)
      var count = 0
      let end = try PredictionPass(
        StoredModel(Self.model), options: PredictionOptions(), world: world)(
          many
        ) { _ in
          count += 1
          return count < 3
        }
      #expect(end == .closed && count == (world.rank == 0 ? 3 : 0))
    }
  }
}

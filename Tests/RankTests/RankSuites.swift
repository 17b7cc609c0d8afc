// The parent of all tests that run under mpirun: one at a time, in the same order on every rank.

import ModelTestSupport
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: RankSuite.isLaunched))
struct RankSuites {
  @Suite(.serialized) struct LaunchRankTests {
    @Test("the job has as many ranks as were asked for")
    func size() throws {
      let world = try RankSuite.world
      #expect(world.size == RankSuite.expectedSize)
      #expect((0..<world.size).contains(world.rank))
    }
  }
}

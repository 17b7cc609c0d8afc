import DataParallel
import Failures
import Kernels
import MPI
import ModelTestSupport
import TestSupport
import Testing

extension RankSuites {
  @Suite(.serialized) struct ArithmeticIdentityRankTests {
    let world: Communicator

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    /// What the ranks agree on when the last one is changed.
    private func differing(
      _ change: (inout ArithmeticIdentity) -> Void
    ) throws -> ArithmeticDiffers? {
      var identity = ArithmeticIdentity(configuration: "a: 1")
      if world.rank == world.size - 1 { change(&identity) }
      do {
        try identity.agree(in: world)
        return nil
      } catch let error as ArithmeticDiffers { return error }
    }

    @Test("equal ranks agree, and each says what it computes with")
    func equal() throws {
      let identity = ArithmeticIdentity(configuration: "a: 1")
      try identity.agree(in: world)
      #expect(identity.program.count == 16)
      #expect(identity.library == MatrixProducts.name)
      #expect(identity.instructionSet.contains("OpenBLAS for "))
      #expect(identity.configuration != ArithmeticIdentity(configuration: "a: 2").configuration)
    }

    @Test("a rank with another build, library, processor or configuration is named on every rank")
    func different() throws {
      // One rank alone is always equal to itself.
      guard world.size > 1 else { return }
      let last = world.size - 1
      let changes: [((inout ArithmeticIdentity) -> Void, FailureKind, String)] = [
        ({ $0.program = "0" }, .launch, "another build of the program than rank 0"),
        ({ $0.library = "oneDNN 9" }, .launch, "matrix products by oneDNN 9, on rank 0"),
        ({ $0.instructionSet = "AVX3" }, .launch, "matrix products use AVX3, on rank 0"),
        ({ $0.configuration = "0" }, .configuration, "another configuration than rank 0"),
      ]
      for (change, kind, words) in changes {
        let error = try #require(try differing(change))
        #expect(error.kind == kind)
        #expect(error.ranks == [.init(rank: last, host: world.processorName)])
        #expect(error.description.contains("rank \(last) on \(world.processorName): \(words)"))
      }
      #expect(try differing { _ in } == nil)
    }

    @Test("one processor without bfloat16 products puts all ranks on fp32")
    func precision() throws {
      #expect(try usablePrecision(.fp32, world: world) == .fp32)
      for lacking in 0..<world.size {
        let usable = try usablePrecision(
          .bf16, isSupported: world.rank != lacking, world: world)
        #expect(usable == .fp32)
      }
      #expect(try usablePrecision(.bf16, isSupported: true, world: world) == .bf16)
    }
  }
}

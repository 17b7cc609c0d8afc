import Failures
import MPI
import ModelTestSupport
import TestSupport
import Testing

/// An error with all kinds of text that separators would trip over.
private struct Trouble: SharedFailure, Equatable {
  var rank: Int
  var text = "one\ntwo\u{1}three\0four, \"five\" ü"
  var figure = Double.infinity
  var kind: FailureKind { .data }
  var description: String { "trouble on rank \(rank): \(text)" }
}

private struct Finding: Codable, Equatable {
  var names: [String]
  var figures: [Double]
  var seed: UInt64
  var note: String?
}

extension RankSuites {
  @Suite(.serialized) struct AgreementRankTests {
    let world: Communicator

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    private let finding = Finding(
      names: ["a\nb", "", "\0\u{1}"], figures: [0.1, -0.0, .infinity, .leastNonzeroMagnitude],
      seed: .max)

    @Test("the value of rank 0 arrives everywhere, and only rank 0 works for it")
    func value() throws {
      var calls = 0
      let result = try world.onRoot { () throws(Trouble) in
        calls += 1
        return finding
      }
      #expect(result == finding)
      #expect(result.figures[1].sign == .minus)
      #expect(calls == (world.rank == 0 ? 1 : 0))
      #expect(try world.shared(world.rank == 0 ? finding : nil) == finding)
      let none: Finding? = world.rank == 0 ? nil : finding
      #expect(try world.shared(none) == nil)
    }

    @Test("the error of rank 0 is the same error everywhere, and the next call works")
    func rootError() throws {
      let error = #expect(throws: Trouble.self) {
        try world.onRoot { () throws(Trouble) -> Int in throw Trouble(rank: world.rank) }
      }
      #expect(error == Trouble(rank: 0))
      #expect(error?.kind == .data)
      #expect(throws: Trouble(rank: 0)) {
        try world.onRoot { () throws(Trouble) in throw Trouble(rank: world.rank) }
      }
      try world.onRoot { () throws(Trouble) in }
      #expect(try world.shared(7 + world.rank) == 7)
    }

    @Test("an error of any one rank becomes the error of all")
    func oneError() throws {
      for culprit in 0..<world.size {
        #expect(throws: Trouble(rank: culprit)) {
          try world.together { () throws(Trouble) in
            if world.rank == culprit { throw Trouble(rank: world.rank) }
            return 1
          }
        }
      }
    }

    @Test(
      "of several errors that of the lowest rank is thrown; without one everybody has its value")
    func severalErrors() throws {
      let first = world.size / 2
      #expect(throws: Trouble(rank: first)) {
        try world.agree(on: world.rank >= first ? Trouble(rank: world.rank) : nil)
      }
      try world.agree(on: Trouble?.none)
      let own = try world.together { () throws(Trouble) in world.rank * 3 }
      #expect(own == world.rank * 3)
    }

    @Test("values of all ranks arrive in rank order, of different and of large size")
    func gathered() throws {
      let texts = try world.gather(String(repeating: "ä\n", count: world.rank))
      #expect(texts == (0..<world.size).map { String(repeating: "ä\n", count: $0) })
      // 1 MB and more per rank.
      let numbers = try world.gather((0..<150_000).map { $0 &* 7919 &+ world.rank })
      for (rank, values) in numbers.enumerated() {
        #expect(values.count == 150_000 && values[149_999] == 149_999 * 7919 + rank)
      }
      let large = String(repeating: "ßx\u{0}", count: 1 << 20)
      #expect(try world.onRoot { () throws(Trouble) in large } == large)
    }

    @Test("one rank's yes is everybody's yes")
    func anyRank() throws {
      #expect(try world.anyRank(world.rank == world.size - 1))
      #expect(try !world.anyRank(false))
    }

    @Test("without a communicator everything happens here")
    func alone() throws {
      let nobody: Communicator? = nil
      #expect(try nobody.onRoot { () throws(Trouble) in 3 } == 3)
      #expect(try nobody.gather("a") == ["a"])
      #expect(throws: Trouble(rank: 5)) {
        try nobody.together { () throws(Trouble) -> Int in throw Trouble(rank: 5) }
      }
      let some: Communicator? = world
      #expect(try some.onRoot { () throws(Trouble) in world.rank } == 0)
    }

    @Test("ranks meet when all come, and give up when one does not")
    func meeting() throws {
      #expect(try Communicator.world().meet(withinSeconds: 60))
      let lonely = try Communicator.world()
      // The last rank stays away for longer than the others wait.
      if world.rank < world.size - 1 { #expect(try !lonely.meet(withinSeconds: 0.2)) }
      try world.barrier()
      if world.size == 1 { #expect(try lonely.meet(withinSeconds: 0.2)) }
    }

    @Test("the ranks of this machine are all ranks here, each with its place")
    func node() throws {
      let node = try world.allGatherOnNode([Int32(world.rank)])
      #expect(node.place == world.rank)
      #expect(node.values == (0..<world.size).map { [Int32($0)] })
    }
  }
}

import DataParallel
import Foundation
import Testing

@Suite struct WorkerPlacementTests {
  @Test("kernel lists of processors")
  func lists() {
    #expect(ProcessorTopology.processors(inList: "0-3,8,10-11\n") == [0, 1, 2, 3, 8, 10, 11])
    #expect(ProcessorTopology.processors(inList: "") == [])
    #expect(ProcessorTopology.processors(inList: "x,3-1,-2,99999999999") == [2])
  }

  @Test("workers of one rank are spread over the domains by their size")
  func oneRank() {
    let topology = ProcessorTopology(domains: [[0, 1, 2, 3], [4, 5, 6, 7]])
    #expect(
      topology.processors(workers: 4, rank: 0, of: 1) == [
        [0, 1, 2, 3], [0, 1, 2, 3], [4, 5, 6, 7], [4, 5, 6, 7],
      ])
    let uneven = ProcessorTopology(domains: [[0, 1, 2, 3, 4, 5], [6, 7]])
    #expect(uneven.processors(workers: 4, rank: 0, of: 1).map(\.count) == [6, 6, 6, 2])
  }

  @Test("unbound ranks of a node share its domains")
  func severalRanks() {
    let topology = ProcessorTopology(domains: [[0, 1], [2, 3]])
    let places = (0..<2).map { topology.processors(workers: 2, rank: $0, of: 2) }
    #expect(places == [[[0, 1], [0, 1]], [[2, 3], [2, 3]]])
    // More workers than processors.
    #expect(topology.processors(workers: 3, rank: 1, of: 2).allSatisfy { $0 == [2, 3] })
  }

  @Test("one domain binds nothing, and the machine has at least one processor")
  func oneDomain() {
    let topology = ProcessorTopology(domains: [[0, 1], []])
    #expect(topology.processors(workers: 2, rank: 0, of: 1) == [[], []])
    let machine = ProcessorTopology.ofThisProcess()
    #expect(machine.domains.joined().count == ProcessInfo.processInfo.activeProcessorCount)
    #expect(
      ProcessorTopology.ofThisProcess(nodeFolder: "/nowhere").domains
        == [machine.domains.joined().sorted()])
  }

  @Test("a bound worker stays on its processors")
  func binding() throws {
    let first = ProcessorTopology.ofThisProcess().domains[0][0]
    let pool = WorkerPool(count: 1, processors: [[first]])
    defer { pool.close() }
    let seen = Seen()
    pool.start { _ in seen.list = allowedProcessorsOfThisThread() }
    try pool.join()
    #expect(seen.list == "\(first)")
  }
}

private final class Seen: @unchecked Sendable { var list = "" }

/// As the kernel tells it.
private func allowedProcessorsOfThisThread() -> String {
  let status = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
  let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
  return line?.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
}

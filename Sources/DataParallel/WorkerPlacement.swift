// Which processors a worker may use: those of one memory domain, so that the memory it touches first
// stays near it.

import CAffinity
import Files

/// The processors this process may use, by memory (NUMA) domain.
public struct ProcessorTopology: Sendable, Equatable {
  /// Processor numbers of each domain, ascending; no domain is empty.
  public let domains: [[Int]]

  public init(domains: [[Int]]) { self.domains = domains.filter { !$0.isEmpty } }

  /// From the process's affinity mask (`sched_getaffinity`) and `/sys/devices/system/node`; one domain if
  /// the kernel tells of none.
  public static func ofThisProcess(
    nodeFolder: String = "/sys/devices/system/node"
  ) -> ProcessorTopology {
    let allowed = ProcessorAffinity.current()
    let entries = (try? FileSystem.list(nodeFolder)) ?? []
    let nodes = entries.compactMap(\.name.text).compactMap { name in
      name.hasPrefix("node") ? Int(name.dropFirst(4)) : nil
    }
    let domains = nodes.sorted().map { node in
      let list = (try? FileSystem.read("\(nodeFolder)/node\(node)/cpulist")) ?? []
      return processors(inList: String(decoding: list, as: UTF8.self)).filter(allowed.contains)
    }
    let topology = ProcessorTopology(domains: domains)
    return topology.domains.isEmpty ? ProcessorTopology(domains: [allowed.sorted()]) : topology
  }

  /// The numbers of a kernel list such as `0-3,8,10-11`; anything else is left out.
  public static func processors(inList list: String) -> [Int] {
    list.split(whereSeparator: { $0 == "," || $0.isWhitespace }).flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, 0...last ~= first, last < 1 << 16
      else { return [] }
      return Array(first...last)
    }
  }

  /// The processors of each worker of a rank.
  ///
  /// All workers of the ranks that share these processors are laid out over the domains in order, each
  /// domain taking its share by number of processors. Workers are bound to a domain and not to a core:
  /// two jobs on one node must not be forced onto the same cores.
  /// - Parameters:
  ///   - workers: of each rank.
  ///   - rank: among the `ranks` that share these processors.
  /// - Returns: one list per worker; empty lists (no binding) with a single domain.
  public func processors(workers: Int, rank: Int, of ranks: Int) -> [[Int]] {
    guard domains.count > 1 else { return [[Int]](repeating: [], count: workers) }
    let total = domains.reduce(0) { $0 + $1.count }
    return (0..<workers).map { worker in
      // The processor in the middle of the worker's share, counted through all domains.
      let slot = rank * workers + worker
      var processor = min(total - 1, (2 * slot + 1) * total / (2 * ranks * workers))
      for domain in domains {
        if processor < domain.count { return domain }
        processor -= domain.count
      }
      return []
    }
  }
}

/// The processors that a thread may use, one bit each.
enum ProcessorAffinity {
  /// Room for 65,536 processors; the kernel refuses masks that are too short for its own.
  private static let bytes = 8192

  /// Of the calling thread (`sched_getaffinity`), as bytes; empty if the kernel does not tell.
  static func mask() -> [UInt8] {
    var mask = [UInt8](repeating: 0, count: bytes)
    let written = affinity_get(&mask, UInt(bytes))
    return Array(mask.prefix(max(0, written)))
  }

  /// Of the calling thread, as numbers; empty if the kernel does not tell.
  static func current() -> Set<Int> {
    let mask = mask()
    return Set((0..<mask.count * 8).filter { mask[$0 / 8] & (1 << ($0 % 8)) != 0 })
  }

  /// Binds the calling thread (`sched_setaffinity`). A refusal changes nothing but speed, so it is not an
  /// error.
  static func bind(to processors: [Int]) {
    guard !processors.isEmpty else { return }
    var mask = [UInt8](repeating: 0, count: bytes)
    for processor in processors where processor < bytes * 8 {
      mask[processor / 8] |= 1 << (processor % 8)
    }
    _ = affinity_set(&mask, UInt(bytes))
  }
}

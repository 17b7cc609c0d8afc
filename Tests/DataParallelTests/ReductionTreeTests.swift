import DataParallel
import Testing

@Suite struct ReductionTreeTests {
  /// Every node of the tree over `count` leaves, by recursion from the definition: split at the largest
  /// power of two below the width. A second way to the same tree.
  private static func allNodes(_ count: Int) -> Set<Range<Int>> {
    var nodes: Set<Range<Int>> = []
    var pending = [0..<count]
    while let node = pending.popLast() {
      nodes.insert(node)
      guard let middle = split(node) else { continue }
      pending += [node.lowerBound..<middle, middle..<node.upperBound]
    }
    return nodes
  }

  private static func split(_ node: Range<Int>) -> Int? {
    guard node.count > 1 else { return nil }
    var half = 1
    while 2 * half < node.count { half *= 2 }
    return node.lowerBound + half
  }

  /// The sum that the tree stands for, spelled out.
  private static func expression(_ node: Range<Int>) -> String {
    guard let middle = split(node) else { return "\(node.lowerBound)" }
    return
      "(\(expression(node.lowerBound..<middle))+\(expression(middle..<node.upperBound)))"
  }

  private static func join(_ left: String, _ right: String) -> String { "(\(left)+\(right))" }

  @Test("a range is covered exactly by few nodes of the tree", arguments: 1...33)
  func covering(count: Int) {
    let tree = ReductionTree(leafCount: count)
    let nodes = Self.allNodes(count)
    for first in 0...count {
      for end in first...count {
        let covering = tree.nodes(covering: first..<end)
        #expect(covering.allSatisfy { nodes.contains($0) })
        #expect(covering.flatMap { Array($0) } == Array(first..<end))
        // Fewest: no two neighbors could be one node instead.
        for (left, right) in zip(covering, covering.dropFirst()) {
          #expect(!nodes.contains(left.lowerBound..<right.upperBound))
        }
        let depth = Int.bitWidth - (count - 1).leadingZeroBitCount
        #expect(covering.count <= max(1, 2 * depth))
      }
    }
    #expect(tree.nodes(covering: 0..<count) == [0..<count])
  }

  @Test("siblings are the two children of a node, and nothing else is", arguments: 1...33)
  func siblings(count: Int) {
    let tree = ReductionTree(leafCount: count)
    let nodes = Self.allNodes(count)
    let ordered = nodes.sorted { ($0.lowerBound, $0.count) < ($1.lowerBound, $1.count) }
    for left in ordered {
      for right in ordered {
        let isPair =
          left.upperBound == right.lowerBound
          && nodes.contains(left.lowerBound..<right.upperBound)
          && Self.split(left.lowerBound..<right.upperBound) == left.upperBound
        #expect(tree.areSiblings(left, right) == isPair, "\(left) and \(right)")
      }
    }
  }

  @Test("one accumulator adds in the order of the tree", arguments: 1...33)
  func accumulator(count: Int) {
    let tree = ReductionTree(leafCount: count)
    var accumulator = TreeAccumulator<String>(tree: tree)
    for leaf in 0..<count {
      accumulator.push(TreeNode(shards: leaf..<leaf + 1, value: "\(leaf)"), combine: Self.join)
      let seen = leaf + 1
      #expect(accumulator.nodes.count <= Int.bitWidth - seen.leadingZeroBitCount)
      #expect(accumulator.nodes.map(\.shards) == tree.nodes(covering: 0..<seen))
    }
    #expect(accumulator.nodes.map(\.value) == [Self.expression(0..<count)])
  }

  /// What ranks and workers do: each owner sums its run, the rest is finished from the owners' nodes.
  private static func sum(_ tree: ReductionTree, owners: [Range<Int>]) -> [String] {
    var total = TreeAccumulator<String>(tree: tree)
    for owner in owners {
      var own = TreeAccumulator<String>(tree: tree)
      for leaf in owner {
        own.push(TreeNode(shards: leaf..<leaf + 1, value: "\(leaf)"), combine: join)
      }
      for node in own.nodes { total.push(node, combine: join) }
    }
    return total.nodes.map(\.value)
  }

  @Test("any split into contiguous owners gives the same sum", arguments: 1...33)
  func owners(count: Int) {
    let tree = ReductionTree(leafCount: count)
    let expected = [Self.expression(0..<count)]
    // All splits into three, empty parts included.
    for first in 0...count {
      for second in first...count {
        #expect(
          Self.sum(tree, owners: [0..<first, first..<second, second..<count]) == expected)
      }
    }
    // Ranks × workers as training splits them.
    for ranks in 1...min(8, count) {
      for workers in 1...3 {
        let assignment = ShardAssignment(shardCount: count, worldSize: ranks)
        let owners = (0..<ranks).flatMap { assignment.shards(ofRank: $0, workers: workers) }
        #expect(Self.sum(tree, owners: owners) == expected, "\(ranks) ranks × \(workers) workers")
      }
    }
  }

  @Test("all 512 splits of ten shards give the same sum")
  func allSplits() {
    let tree = ReductionTree(leafCount: 10)
    for cuts in 0..<512 {
      let borders = [0] + (1..<10).filter { cuts >> ($0 - 1) & 1 == 1 } + [10]
      let owners = zip(borders, borders.dropFirst()).map { $0..<$1 }
      #expect(Self.sum(tree, owners: owners) == [Self.expression(0..<10)])
    }
  }

  @Test("numbers are added in the order of the tree, which differs from left to right")
  func numbers() {
    // 1 + 2⁻⁵³ is 1, but 2⁻⁵³ + 2⁻⁵³ survives.
    let values = [1, 0, 0x1p-53, 0x1p-53]
    #expect(ReductionTree(leafCount: 4).sum(values) == 1 + 0x1p-52)
    #expect(values.reduce(0, +) == 1)
    #expect(ReductionTree(leafCount: 1).sum([7]) == 7)
  }
}

// The fixed shape of the gradient sum.
//
// Floating-point addition is not associative, so a sum whose shape depends on the number of ranks gives
// other bits on another cluster. Here the shape depends on the number of shards alone: shards are the
// leaves of one binary tree, and workers, ranks and segment owners only ever add two siblings.
//
//   shards   0   1   2   3   4   5   6          a node covers an aligned run of 2ᵏ shards;
//             \ /     \ /     \ /    |          at the right edge it may be cut off
//             0-1     2-3     4-5    6
//               \     /         \    /
//                0-3             4-6
//                   \           /
//                        0-6

/// The binary tree over `leafCount` shards.
public struct ReductionTree: Sendable, Equatable {
  public let leafCount: Int

  /// - Precondition: there is at least one leaf.
  public init(leafCount: Int) {
    precondition(leafCount > 0, "expected at least one shard, got \(leafCount)")
    self.leafCount = leafCount
  }

  /// The fewest nodes that cover `range`, from left to right; at most 2·log₂(leafCount).
  public func nodes(covering range: Range<Int>) -> [Range<Int>] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= leafCount,
      "shards \(range) of a tree of \(leafCount)")
    var nodes: [Range<Int>] = []
    var first = range.lowerBound
    while first < range.upperBound {
      var width = 1
      while first % (2 * width) == 0, width < leafCount,
        min(first + 2 * width, leafCount) <= range.upperBound
      {
        width *= 2
      }
      let node = first..<min(first + width, leafCount)
      nodes.append(node)
      first = node.upperBound
    }
    return nodes
  }

  /// Whether `left` and `right` are the two children of one node.
  public func areSiblings(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    let width = left.count
    return left.upperBound == right.lowerBound && width & (width - 1) == 0
      && left.lowerBound % (2 * width) == 0
      && right.upperBound == min(left.lowerBound + 2 * width, leafCount)
  }
}

/// The sum of some shards: a node of the tree and its value.
public struct TreeNode<Value> {
  public let shards: Range<Int>
  public let value: Value

  public init(shards: Range<Int>, value: Value) {
    self.shards = shards
    self.value = value
  }
}

/// Adds nodes as they come, from left to right: a binary counter. It never holds more than log₂ of what
/// it has seen, plus one.
public struct TreeAccumulator<Value> {
  public private(set) var nodes: [TreeNode<Value>] = []
  private let tree: ReductionTree

  public init(tree: ReductionTree) { self.tree = tree }

  /// Takes the next node and combines siblings as far as possible.
  /// - Parameter combine: returns left + right; the right value is not used afterwards.
  public mutating func push(
    _ node: TreeNode<Value>, combine: (_ left: Value, _ right: Value) -> Value
  ) {
    var node = node
    while let left = nodes.last, tree.areSiblings(left.shards, node.shards) {
      nodes.removeLast()
      node = TreeNode(
        shards: left.shards.lowerBound..<node.shards.upperBound,
        value: combine(left.value, node.value))
    }
    nodes.append(node)
  }
}

extension ReductionTree {
  /// The sum of one number per shard, in the order of the tree.
  public func sum(_ values: [Double]) -> Double {
    precondition(values.count == leafCount, "expected \(leafCount) values, got \(values.count)")
    var accumulator = TreeAccumulator<Double>(tree: self)
    for (shard, value) in values.enumerated() {
      accumulator.push(TreeNode(shards: shard..<shard + 1, value: value), combine: +)
    }
    return accumulator.nodes[0].value
  }
}

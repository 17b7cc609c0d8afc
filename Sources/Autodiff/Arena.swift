// Memory of one micro-batch: taken by moving a pointer, given back all at once.

import Tensors

/// A bump allocator of floats on 64-byte boundaries.
///
/// Blocks are kept between micro-batches. If one micro-batch needed several, the next reset replaces
/// them by a single block of their total size, so in steady state nothing is allocated and the memory
/// of a run is flat.
public final class Arena {
  private var blocks: [AlignedBuffer<Float>] = []
  private var blockIndex = 0
  private var used = 0
  private let minimumBlock: Int

  /// - Parameter minimumBlock: floats of the first block.
  public init(minimumBlock: Int = 1 << 20) { self.minimumBlock = minimumBlock }

  /// Floats held.
  public var capacity: Int { blocks.reduce(0) { $0 + $1.count } }

  /// `count` floats whose contents are whatever was there before.
  public func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let size = (count + 15) & ~15
    while blockIndex < blocks.count {
      if used + size <= blocks[blockIndex].count {
        defer { used += size }
        return blocks[blockIndex].pointer + used
      }
      blockIndex += 1
      used = 0
    }
    blocks.append(AlignedBuffer(count: max(size, minimumBlock, capacity / 2)))
    used = size
    return blocks[blockIndex].pointer
  }

  /// A position to return to.
  struct Mark {
    fileprivate let blockIndex: Int
    fileprivate let used: Int
  }

  var mark: Mark { Mark(blockIndex: blockIndex, used: used) }

  /// Gives back everything allocated since `mark`.
  func release(to mark: Mark) {
    blockIndex = mark.blockIndex
    used = mark.used
  }

  /// Gives back everything; pointers from before are dead.
  func reset() {
    if blocks.count > 1 {
      let total = capacity
      blocks = []  // Free first: the old and the new block never exist together.
      blocks = [AlignedBuffer(count: total)]
    }
    blockIndex = 0
    used = 0
  }
}

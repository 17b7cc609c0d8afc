// Memory of one micro-batch: taken by moving a pointer, given back all at once.

/// A bump allocator of floats on 64-byte boundaries.
///
/// If a micro-batch needs more than there is, further blocks are added; the next reset replaces
/// them by one block of the size that was used. So in steady state nothing is allocated, the memory
/// of a run is flat, and pages are touched first by the worker that computes on them.
public final class Arena {
  private struct Block {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int
    var used = 0

    /// Contents are undefined: no page is touched.
    init(count: Int) {
      pointer = UnsafeMutableRawPointer.allocate(
        byteCount: count * MemoryLayout<Float>.stride, alignment: 64
      ).bindMemory(to: Float.self, capacity: count)
      self.count = count
    }

    func free() { UnsafeMutableRawPointer(pointer).deallocate() }
  }

  private var blocks: [Block] = []
  private var current = 0
  private var inUse = 0
  private var mostInUse = 0
  private let minimumBlock: Int

  /// - Parameter minimumBlock: floats of the first block.
  public init(minimumBlock: Int = 1 << 20) { self.minimumBlock = minimumBlock }

  deinit { for block in blocks { block.free() } }

  /// Floats held.
  public var capacity: Int { blocks.reduce(0) { $0 + $1.count } }

  /// `count` floats with undefined contents.
  public func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let size = (count + 15) & ~15
    while current < blocks.count, blocks[current].used + size > blocks[current].count {
      current += 1
    }
    if current == blocks.count {
      blocks.append(Block(count: max(size, minimumBlock, capacity / 4)))
    }
    defer {
      blocks[current].used += size
      inUse += size
      mostInUse = max(mostInUse, inUse)
    }
    return blocks[current].pointer + blocks[current].used
  }

  /// A position to return to.
  struct Mark {
    fileprivate let current: Int
    fileprivate let used: Int
    fileprivate let inUse: Int
  }

  var mark: Mark {
    Mark(current: current, used: current < blocks.count ? blocks[current].used : 0, inUse: inUse)
  }

  /// Gives back everything allocated since `mark`.
  func release(to mark: Mark) {
    for index in blocks.indices where index > mark.current { blocks[index].used = 0 }
    if mark.current < blocks.count { blocks[mark.current].used = mark.used }
    current = mark.current
    inUse = mark.inUse
  }

  /// Gives back everything; pointers from before are dead.
  func reset() {
    if blocks.count > 1 {
      // Free first: the old and the new block never exist together.
      for block in blocks { block.free() }
      blocks = [Block(count: max(mostInUse, minimumBlock))]
    }
    for index in blocks.indices { blocks[index].used = 0 }
    current = 0
    inUse = 0
  }
}

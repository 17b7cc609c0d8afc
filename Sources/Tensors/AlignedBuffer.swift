// Memory of the flat parameter, gradient and moment stores: one aligned block, owned by one object.

#if canImport(Glibc)
  import Glibc
#endif

/// A fixed-size, zero-initialized block of memory on a 64-byte boundary (one AVX-512 register, one
/// cache line).
///
/// The buffer is shared by reference. Writers of disjoint ranges need no lock; the training step
/// orders everything else by barriers between its phases, hence `@unchecked Sendable`.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// Byte alignment of `pointer`.
  public static var alignment: Int { 64 }

  public let pointer: UnsafeMutablePointer<Element>
  public let count: Int

  /// Allocates `count` zeroed elements; `count` may be 0.
  public init(count: Int) {
    precondition(count >= 0, "expected a non-negative count, got \(count)")
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
    memset(raw, 0, bytes)
    self.pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  /// All elements.
  public var elements: UnsafeMutableBufferPointer<Element> { .init(start: pointer, count: count) }

  /// The elements of `range`.
  /// - Precondition: `range` lies within `0 ..< count`.
  public subscript(range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "range \(range) outside of a buffer of \(count) elements")
    return .init(start: pointer + range.lowerBound, count: range.count)
  }

  /// Sets every byte to zero.
  public func zero() { memset(pointer, 0, count * MemoryLayout<Element>.stride) }

  /// Copies all elements of `other`.
  /// - Precondition: the counts are equal.
  public func copy(from other: AlignedBuffer) {
    precondition(count == other.count, "expected \(count) elements, got \(other.count)")
    memcpy(pointer, other.pointer, count * MemoryLayout<Element>.stride)
  }
}

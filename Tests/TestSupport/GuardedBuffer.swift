// Inputs and outputs of kernels under test.

#if canImport(Glibc)
  import Glibc
#endif

/// Sizes that exercise every path of a vectorized loop: one element, less than a vector of 16, one
/// vector, one more, several with a remainder, and a realistic width (the hidden size of MUSIQ).
public let sweptSizes = [1, 3, 15, 16, 17, 33, 384]

/// Floats between guard cells.
///
/// The guards hold a signaling NaN with a payload of its own: a write beyond the end changes its bits,
/// even one that computes with it (arithmetic makes it quiet), and a value read from there spoils the
/// result. The data begins off every vector boundary, because views
/// into a flat store of odd row lengths do as well.
///
/// The memory is never freed: kernels take bare pointers, and Swift may end an object's life after the
/// last mention of its name, before the kernel has run.
public struct GuardedBuffer: @unchecked Sendable {
  private static let guardCount = 67
  private static let sentinel = Float(bitPattern: 0x7FA5_A5A5)
  private let cells: UnsafeMutableBufferPointer<Float>
  public let count: Int

  /// A copy of `values`.
  public init(_ values: [Float]) {
    count = values.count
    cells = .allocate(capacity: count + 2 * Self.guardCount)
    cells.initialize(repeating: Self.sentinel)
    pointer.update(from: values, count: count)
  }

  /// An output whose contents must not matter: it begins as NaN.
  public init(unwritten count: Int) {
    self.init([Float](repeating: .nan, count: count))
  }

  public var pointer: UnsafeMutablePointer<Float> { cells.baseAddress! + Self.guardCount }
  public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// Whether nothing was written before or behind the data.
  public var isIntact: Bool {
    cells.enumerated().allSatisfy { index, value in
      (Self.guardCount..<Self.guardCount + count).contains(index)
        || value.bitPattern == Self.sentinel.bitPattern
    }
  }
}

/// A small array at a stable address that is never freed; see `GuardedBuffer`.
public func stable<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
  let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(values.count, 1))
  memory.initialize(from: values, count: values.count)
  return UnsafePointer(memory)
}

extension Sequence<Float> {
  /// The same numbers for a twin in Double.
  public var doubles: [Double] { map(Double.init) }
}

/// The largest difference between `actual` and `expected`, relative to the largest magnitude of
/// `expected` (absolute if all of it is zero). A NaN or a wrong count is infinitely far off.
///
/// Relative to the whole tensor and not to each entry, because entries are sums whose terms cancel:
/// their rounding errors follow the size of the terms.
public func deviation(_ actual: some Sequence<Float>, _ expected: [Double]) -> Double {
  let actual = Array(actual)
  guard actual.count == expected.count else { return .infinity }
  var largest = 0.0
  var difference = 0.0
  for (a, e) in zip(actual, expected) {
    guard a.isFinite else { return .infinity }
    largest = max(largest, abs(e))
    difference = max(difference, abs(Double(a) - e))
  }
  return largest > 0 ? difference / largest : difference
}

// Where each named parameter lies in the flat store.

/// What a layer declares about one of its parameters.
public struct ParameterSpecification: Sendable, Equatable {
  /// Official name, for example `Transformer/encoderblock_0/LayerNorm_0/scale`.
  public var name: String
  /// Row-major shape, for example `[384, 6, 64]`.
  public var shape: [Int]
  public var initializer: Initializer
  /// False for parameters whose gradient is mathematically zero (the key biases of attention, which
  /// softmax cancels): they stay at their initial value instead of following rounding noise.
  public var isTrained: Bool

  public init(_ name: String, _ shape: [Int], _ initializer: Initializer, isTrained: Bool = true) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.isTrained = isTrained
  }
}

/// The stable order of all parameters of a model in one flat buffer of floats.
///
/// Parameters, gradients, moments, reduction, optimizer and checkpoint all share this order. Each
/// parameter begins on a 64-byte boundary; the padding in between is always zero.
public struct ParameterLayout: Sendable {
  public struct Entry: Sendable {
    public let specification: ParameterSpecification
    /// Elements of the flat store, padding not included.
    public let range: Range<Int>
    public var name: String { specification.name }
    public var shape: [Int] { specification.shape }
    public var count: Int { range.count }
  }

  /// Floats per alignment unit: 16 floats are 64 bytes.
  public static let alignment = 16

  /// All parameters, in the order of their `range`s.
  public let entries: [Entry]
  /// Number of parameters, padding not included (27,510,440 for MUSIQ with 1000 classes).
  public let parameterCount: Int
  /// Floats of the flat store, padding included.
  public let storageCount: Int
  private let indexByName: [String: Int]

  /// - Precondition: names are unique.
  public init(_ specifications: [ParameterSpecification]) {
    var entries: [Entry] = []
    var indexByName: [String: Int] = [:]
    var offset = 0
    for specification in specifications {
      let count = specification.shape.reduce(1, *)
      let previous = indexByName.updateValue(entries.count, forKey: specification.name)
      precondition(previous == nil, "two parameters are named \(specification.name)")
      entries.append(Entry(specification: specification, range: offset..<offset + count))
      offset = Self.nextOffset(after: offset, count: count)
    }
    self.entries = entries
    self.indexByName = indexByName
    self.storageCount = offset
    self.parameterCount = entries.reduce(0) { $0 + $1.count }
  }

  /// Where the parameter behind one of `count` elements at `offset` begins.
  public static func nextOffset(after offset: Int, count: Int) -> Int {
    offset + (count + alignment - 1) / alignment * alignment
  }

  /// The parameter called `name`, or nil.
  public func entry(named name: String) -> Entry? { indexByName[name].map { entries[$0] } }

  /// The parameter called `name`.
  /// - Precondition: it exists; names are the program's own, so a wrong one is a programming error.
  public subscript(name: String) -> Entry {
    guard let index = indexByName[name] else { preconditionFailure("no parameter \(name)") }
    return entries[index]
  }
}

/// The values of all parameters of a model: one flat buffer with named views.
public struct ParameterStore: Sendable {
  public let layout: ParameterLayout
  public let buffer: AlignedBuffer<Float>

  /// A store of zeros.
  public init(layout: ParameterLayout) {
    self.layout = layout
    self.buffer = AlignedBuffer(count: layout.storageCount)
  }

  /// The elements of the parameter called `name`, row-major.
  public subscript(name: String) -> UnsafeMutableBufferPointer<Float> { buffer[layout[name].range] }

  /// Draws every parameter from its initializer. Each parameter has a random stream of its own,
  /// keyed by `seed` and its name, so adding a parameter changes no other.
  public func initialize(seed: UInt64) {
    buffer.zero()
    for entry in layout.entries { initialize(entry, seed: seed) }
  }

  /// Draws one parameter from its initializer.
  public func initialize(_ entry: ParameterLayout.Entry, seed: UInt64) {
    var random = RandomStream(seed: seed, purpose: .initialization, key: entry.name)
    entry.specification.initializer.fill(buffer[entry.range], shape: entry.shape, from: &random)
  }
}

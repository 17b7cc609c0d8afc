import Kernels
import TestSupport
import Testing

@Suite struct TokenEmbeddingTests {
  /// Three images, one of them without tokens; positions and scales occur several times.
  static let offsets = [0, 4, 4, 7]
  static let spatial: [Int32] = [0, 8, 3, 3, 8, 1, 0]
  static let scale: [Int32] = [0, 1, 1, 2, 0, 0, 2]
  static let (positions, scales, rows, images) = (9, 3, 7, 3)

  private let indices = TokenIndices(
    offsets: stable(offsets), imageCount: images, spatial: stable(spatial), scale: stable(scale))

  /// Which of the tables a model has.
  struct Tables: Sendable, CaseIterable {
    var spatial, scale: Bool
    static let allCases = [true, false].flatMap { a in
      [true, false].map { Tables(spatial: a, scale: $0) }
    }
  }

  private func twin(_ all: [Double], columns: Int, tables: Tables) -> [Double] {
    var rest = all[...]
    func take(_ rows: Int) -> [Double] {
      defer { rest = rest.dropFirst(rows * columns) }
      return Array(rest.prefix(rows * columns))
    }
    let (patches, spatial, scale) = (take(Self.rows), take(Self.positions), take(Self.scales))
    return Naive.embeddedTokens(
      patches, spatial: tables.spatial ? spatial : nil, scale: tables.scale ? scale : nil,
      classToken: take(1), offsets: Self.offsets, spatialIndices: Self.spatial,
      scaleIndices: Self.scale)
  }

  @Test(
    "class token first, then patch plus the embeddings that exist", arguments: sweptSizes,
    Tables.allCases)
  func forward(columns: Int, tables: Tables) {
    let parts = [Self.rows, Self.positions, Self.scales, 1].map {
      GuardedBuffer(randomValues("part \($0)", $0 * columns))
    }
    let y = GuardedBuffer(unwritten: (Self.rows + Self.images) * columns)
    embedTokensForward(
      y: y.pointer, patches: parts[0].pointer,
      vectors: TokenVectors(
        spatial: tables.spatial ? parts[1].pointer : nil,
        scale: tables.scale ? parts[2].pointer : nil, classToken: parts[3].pointer),
      indices: indices, columns: columns)
    let expected = twin(
      parts.flatMap { $0.values.doubles }, columns: columns, tables: tables)
    #expect(deviation(y.values, expected) <= 1e-6)  // Two additions.
    #expect(y.isIntact)
  }

  @Test("backward equals numerical gradients", arguments: [1, 3, 16, 17], Tables.allCases)
  func backward(columns: Int, tables: Tables) {
    // Both ways of writing the patches' gradient, each with two kinds of tables.
    let accumulates = tables.spatial == tables.scale
    let sizes = [Self.rows, Self.positions, Self.scales, 1].map { $0 * columns }
    let old = sizes.enumerated().map { randomValues("old \($0)", $1) }
    let gradients = old.map { GuardedBuffer($0) }
    if !accumulates { gradients[0].pointer.update(repeating: .nan, count: sizes[0]) }
    let w = randomValues("w", (Self.rows + Self.images) * columns)
    embedTokensBackward(
      TokenGradients(
        patches: GradientTarget(gradients[0].pointer, accumulates: accumulates),
        spatial: tables.spatial ? gradients[1].pointer : nil,
        scale: tables.scale ? gradients[2].pointer : nil, classToken: gradients[3].pointer),
      yGradient: GuardedBuffer(w).pointer, indices: indices, columns: columns)
    let point = [Double](repeating: 0.5, count: sizes.reduce(0, +))
    var expected = numericalGradient(at: point) {
      projection(twin($0, columns: columns, tables: tables), w.doubles)
    }
    for (i, value) in old.flatMap({ $0 }).enumerated() where accumulates || i >= sizes[0] {
      expected[i] += Double(value)
    }
    #expect(deviation(gradients.flatMap { $0.values }, expected) <= 1e-6)
    #expect(gradients.allSatisfy { $0.isIntact })
  }
}

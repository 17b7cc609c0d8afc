// Numbers to colors.

/// A color map of equal perceptual steps.
///
/// viridis and magma are those of matplotlib (S. van der Walt, N. Smith, E. Firing; CC0), every fifth of 256
/// entries, with straight lines between: at most one gray level off.
public enum ColorMap: String, CaseIterable, Sendable {
  case viridis, magma, gray

  /// Red, green, blue from 0 to 255 at `position` from 0 to 1; outside, the nearer end.
  public func callAsFunction(_ position: Float) -> SIMD3<Float> {
    let table = table
    let place = max(0, min(1, position)) * Float(table.count - 1)
    let index = min(Int(place), table.count - 2)
    return table[index] + (table[index + 1] - table[index]) * (place - Float(index))
  }

  private var table: [SIMD3<Float>] {
    switch self {
    case .viridis: Self.viridisTable
    case .magma: Self.magmaTable
    case .gray: [SIMD3(repeating: 0), SIMD3(repeating: 255)]
    }
  }

  private static let viridisTable = parse(
    """
    440154 46085c 471063 481769 481d6f 482475 472a7a 46307e 453781 433d84 414287 3f4889 3d4e8a
    3a538b 38598c 355e8d 33638d 31688e 2e6d8e 2c718e 2a768e 297b8e 27808e 25848e 23898e 218e8d
    20928c 1f978b 1e9c89 1fa188 21a585 24aa83 28ae80 2eb37c 35b779 3dbc74 46c06f 50c46a 5ac864
    65cb5e 70cf57 7cd250 89d548 95d840 a2da37 b0dd2f bddf26 cae11f d8e219 e5e419 f1e51d fde725
    """)

  private static let magmaTable = parse(
    """
    000004 02020b 050416 090720 0e0b2b 140e36 1a1042 21114e 29115a 311165 390f6e 420f75 4a1079
    52137c 5a167e 621980 6a1c81 721f81 792282 812581 892881 912b81 992d80 a1307e aa337d b2357b
    ba3878 c23b75 ca3e72 d2426f d9466b e04c67 e75263 ec5860 f1605d f4695c f7725c f97b5d fb8560
    fc8e64 fd9869 fea16e feaa74 feb47b febd82 fec68a fecf92 fed89a fde2a3 fdebac fcf4b6 fcfdbf
    """)

  private static func parse(_ text: String) -> [SIMD3<Float>] {
    text.split(whereSeparator: \.isWhitespace).compactMap { Int($0, radix: 16) }.map {
      SIMD3(Float($0 >> 16), Float($0 >> 8 & 255), Float($0 & 255))
    }
  }
}

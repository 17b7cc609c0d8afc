// One labeled image, as the index knows it: enough to plan batches without opening the file.

import Labels

/// One labeled image.
public struct Sample: Equatable, Sendable {
  /// Path below the root of the index.
  public var path: String
  /// The label.
  public var target: Label
  /// Size in pixels, from the header of the file.
  public var height: Int32
  public var width: Int32
  /// Bytes of the file: one that was replaced since is noticed. 0 where no file was looked at.
  public var byteCount: Int

  public init(path: String, target: Label, height: Int, width: Int, byteCount: Int = 0) {
    self.path = path
    self.target = target
    self.height = Int32(height)
    self.width = Int32(width)
    self.byteCount = byteCount
  }

  /// The class, -1 if the target is none.
  public var classIndex: Int32 { if case .classIndex(let index) = target { index } else { -1 } }

  /// See `Label.meanScore`.
  public var score: Float { target.meanScore }
}

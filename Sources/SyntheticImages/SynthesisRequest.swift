// What `data synth` is asked to make.

import Labels

/// A synthetic data set of real JPEG files, for demonstrations and tests without a download.
public struct SynthesisRequest: Sendable, Equatable {
  /// Classes: images in ImageNet folders, `train/<wnid>/` and `val/<wnid>/`. Score: degraded scenes
  /// in `images/` and their mean opinion scores in `labels.csv`. There are no others.
  public var kind: LabelKind
  /// Images in all.
  public var count: Int
  public var seed: UInt64
  /// Folder to write to; made if missing.
  public var output: String
  /// Number of classes, of `classification` only.
  public var classes: Int
  /// Bounds of the longer side in pixels; nil: mostly 100 to 400, now and then 64 to 640.
  public var longerSide: ClosedRange<Int>?

  public init(
    kind: LabelKind, count: Int, seed: UInt64 = 1, output: String, classes: Int = 8,
    longerSide: ClosedRange<Int>? = nil
  ) {
    self.kind = kind
    self.count = count
    self.seed = seed
    self.output = output
    self.classes = classes
    self.longerSide = longerSide
  }

  /// Everything that is wrong with the values, by key; empty when they can be used.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    if kind != .classes && kind != .score {
      found.append(("kind", "expected classification or quality, found \(kind.setWord)"))
    }
    let largest = SyntheticClass.allCases.count
    if kind == .classes && !(2...largest).contains(classes) {
      found.append(("classes", "expected 2 to \(largest), found \(classes)"))
    }
    // Every class needs an image in val, or the folders would not number the classes alike.
    let smallest = kind == .classes ? classes * Synthesis.validationPeriod : 1
    if count < smallest || count > 10_000_000 {
      found.append(("count", "expected \(smallest) to 10000000, found \(count)"))
    }
    if let longerSide, longerSide.lowerBound < 16 || longerSide.upperBound > 4096 {
      found.append(
        ("longerSide", "expected bounds from 16 to 4096 pixels, found \(longerSide)"))
    }
    if output.isEmpty { found.append(("output", "expected a folder, found nothing")) }
    return found
  }

  /// One line that identifies the images, kept beside them.
  var record: String {
    var base = "kind=\(kind.setWord) count=\(count) seed=\(seed) version=\(Synthesis.version)"
    if let longerSide {
      base += " longerSide=\(longerSide.lowerBound):\(longerSide.upperBound)"
    }
    return kind == .classes ? base + " classes=\(classes)" : base
  }
}

// The random crop and flip of a sample, known from its size before the file is opened: token counts
// and so the balance of a batch follow from it.

import Foundation
import Tensors

/// The part of an image that is used.
public struct CropWindow: Equatable, Hashable, Sendable {
  /// The upper left corner and the size, in pixels of the image.
  public var top: Int
  public var left: Int
  public var height: Int
  public var width: Int
  /// Whether left and right change places.
  public var isFlipped: Bool

  public init(top: Int, left: Int, height: Int, width: Int, isFlipped: Bool = false) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
    self.isFlipped = isFlipped
  }

  /// The whole image.
  public init(height: Int, width: Int) {
    self.init(top: 0, left: 0, height: height, width: width)
  }
}

/// Random crops and flips as a pure function of (seed, epoch, sample id, size).
public struct Augmentation: Sendable {
  /// The ranges.
  public let configuration: AugmentationConfiguration
  /// The seed of the run.
  public let seed: UInt64

  /// - Precondition: `configuration` has no problems.
  public init(configuration: AugmentationConfiguration, seed: UInt64) {
    let problems = configuration.problems()
    precondition(problems.isEmpty, "expected a valid augmentation, got \(problems)")
    self.configuration = configuration
    self.seed = seed
  }

  /// The window of a sample in an epoch.
  ///
  /// Area share a ~ U(area), aspect factor f with log f ~ U(log aspect): height √(a·H·W / (f·W/H)),
  /// width √(a·H·W · f·W/H), rounded, at a uniform place. A window that does not fit is drawn
  /// again; after ten misses the last one is cut to the image. Aspect ratios stay near the image's
  /// own: nothing is resized to a square.
  public func window(epoch: Int, sample: Int, height: Int, width: Int) -> CropWindow {
    precondition(height > 0 && width > 0, "expected an image, got \(height) × \(width) pixels")
    var random = RandomStream(seed: seed, purpose: .augmentation, epoch: epoch, sample: sample)
    // The flip is drawn first, so that it does not depend on how many windows were drawn.
    let isFlipped = random.uniform() < configuration.flipProbability
    var window = CropWindow(height: height, width: width)
    if configuration.crop.enabled {
      let size = cropSize(height: height, width: width, random: &random)
      window = CropWindow(
        top: random.integer(below: height - size.height + 1),
        left: random.integer(below: width - size.width + 1),
        height: size.height, width: size.width)
    }
    window.isFlipped = isFlipped
    return window
  }

  private func cropSize(
    height: Int, width: Int, random: inout RandomStream
  ) -> (height: Int, width: Int) {
    let crop = configuration.crop
    let pixels = Double(height) * Double(width)
    var size = (height: height, width: width)
    for _ in 0..<10 {
      let area = random.uniform(in: crop.area[0]...crop.area[1]) * pixels
      let factor = exp(random.uniform(in: log(crop.aspect[0])...log(crop.aspect[1])))
      let ratio = factor * Double(width) / Double(height)
      size = (
        max(1, Int((area / ratio).squareRoot().rounded())),
        max(1, Int((area * ratio).squareRoot().rounded()))
      )
      if size.height <= height && size.width <= width { return size }
    }
    return (min(size.height, height), min(size.width, width))
  }
}

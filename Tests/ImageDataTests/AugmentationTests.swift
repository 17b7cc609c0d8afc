import ImageData
import Testing

@Suite struct AugmentationTests {
  private let augmentation = Augmentation(configuration: AugmentationConfiguration(), seed: 5)

  @Test("windows lie inside the image at every size")
  func inside() {
    let sizes = [(1, 1), (1, 4000), (4000, 1), (31, 33), (375, 500), (2, 3), (5472, 3648)]
    for (height, width) in sizes {
      for sample in 0..<200 {
        let window = augmentation.window(epoch: 3, sample: sample, height: height, width: width)
        #expect(window.height >= 1 && window.width >= 1)
        #expect(window.top >= 0 && window.top + window.height <= height)
        #expect(window.left >= 0 && window.left + window.width <= width)
      }
    }
  }

  @Test("a window is a function of seed, epoch, sample and size alone")
  func deterministic() {
    let window = augmentation.window(epoch: 1, sample: 9, height: 375, width: 500)
    #expect(augmentation.window(epoch: 1, sample: 9, height: 375, width: 500) == window)
    #expect(augmentation.window(epoch: 2, sample: 9, height: 375, width: 500) != window)
    #expect(augmentation.window(epoch: 1, sample: 8, height: 375, width: 500) != window)
    let other = Augmentation(configuration: AugmentationConfiguration(), seed: 6)
    #expect(other.window(epoch: 1, sample: 9, height: 375, width: 500) != window)
  }

  @Test("areas and aspect ratios stay in their ranges, half of the windows are mirrored")
  func ranges() {
    let count = 4000
    var flips = 0
    var areas: [Double] = []
    for sample in 0..<count {
      let window = augmentation.window(epoch: 0, sample: sample, height: 600, width: 800)
      let area = Double(window.height * window.width) / (600 * 800)
      let factor = Double(window.width) / Double(window.height) / (800.0 / 600)
      // Half a pixel of rounding on each side.
      #expect(area > 0.245 && area <= 1)
      #expect(factor > 0.74 && factor < 1.35)
      flips += window.isFlipped ? 1 : 0
      areas.append(area)
    }
    // Four standard deviations of a fair coin.
    #expect(abs(Double(flips) / Double(count) - 0.5) < 0.032)
    let mean = areas.reduce(0, +) / Double(count)
    #expect(mean > 0.5 && mean < 0.63, "\(mean)")
  }

  @Test("evaluation uses whole images")
  func none() {
    let augmentation = Augmentation(configuration: .none, seed: 5)
    let window = augmentation.window(epoch: 0, sample: 3, height: 12, width: 34)
    #expect(window == CropWindow(height: 12, width: 34))
  }
}

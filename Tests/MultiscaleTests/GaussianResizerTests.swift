// The resize against TensorFlow's own vector, and against values from its formula.

import Multiscale
import Testing

@Suite("GaussianResizer") struct GaussianResizerTests {
  /// Resizes a gray image and returns gray levels.
  private func resize(
    _ gray: [UInt8], height: Int, width: Int, toHeight: Int, width toWidth: Int
  ) -> [Float] {
    let pixels = gray.flatMap { [$0, $0, $0] }
    var result: [Float] = []
    let resizer = GaussianResizer(
      height: height, width: width, targetHeight: toHeight, targetWidth: toWidth)
    pixels.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      resizer.forEachRow(of: base) { _, row in
        for x in 0..<toWidth {
          #expect(row[3 * x] == row[3 * x + 1] && row[3 * x] == row[3 * x + 2])
          result.append((row[3 * x] + 1) / 2 * 255)
        }
      }
    }
    return result
  }

  @Test("enlarging gives the values of TensorFlow's own test")
  func up() {
    let expected: [Float] = [
      61.1087, 54.6926, 41.3074, 34.8913, 54.6926, 51.4168, 44.5832, 41.3074,
      41.6960, 45.2456, 52.6508, 56.2004, 39.4273, 47.0526, 62.9602, 70.5855,
      47.3008, 57.3042, 78.1730, 88.1764, 51.4771, 62.3638, 85.0752, 95.9619,
    ]
    let result = resize([64, 32, 32, 64, 50, 100], height: 3, width: 2, toHeight: 6, width: 4)
    // Expected values have four decimals; normalizing to [-1, 1] and back costs 3e-5.
    for (a, b) in zip(result, expected) { #expect(abs(a - b) < 1.5e-4) }
    #expect(result.count == expected.count)
  }

  @Test("shrinking does not stretch the kernel")
  func down() {
    var gray: [UInt8] = []
    for y in 0..<8 {
      for x in 0..<10 { gray.append(UInt8(10 * ((3 * y + x * x) % 17))) }
    }
    let expected: [Float] = [
      34.0902, 96.6490, 60.9772, 142.9947, 113.4586, 47.3790, 95.0506, 65.7024,
      31.3766, 78.9621, 53.3231, 111.4557,
    ]
    let result = resize(gray, height: 8, width: 10, toHeight: 3, width: 4)
    for (a, b) in zip(result, expected) { #expect(abs(a - b) < 1.5e-4) }
    #expect(result.count == expected.count)
  }

  @Test("equal sizes are still smoothed, constant images stay constant")
  func unchanged() {
    let spike = resize([0, 0, 255, 0, 0], height: 1, width: 5, toHeight: 1, width: 5)
    // The center weighs 1 / (1 + 2 e⁻²) = 0.787.
    #expect(abs(spike[2] - 200.69) < 0.01 && abs(spike[1] - 27.16) < 0.01)
    for side in [1, 2, 3, 7, 400] {
      let constant = resize(
        [UInt8](repeating: 77, count: 12), height: 3, width: 4, toHeight: side, width: side + 1)
      for value in constant { #expect(abs(value - 77) < 1e-3) }
    }
  }
}

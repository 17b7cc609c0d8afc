import DataParallel
import MPI
import ModelTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct GradientNormTests {
  private func norm(_ values: [Float], scale: Double, blockSize: Int? = nil) throws -> Double {
    let world = try RankSuite.world
    let partition = FlatPartition(count: values.count, parts: 1)
    return try values.withUnsafeBufferPointer {
      try GradientNorm(world: world, partition: partition)(
        of: GradientSum(values: $0.baseAddress!, segment: 0..<values.count), scale: scale)
    }
  }

  @Test("the norm equals its definition in Double", arguments: [1, 7, 4096, 4097, 3 * 4096 + 5])
  func definition(count: Int) throws {
    var random = RandomStream(seed: 1, purpose: .test, sample: count)
    let values = (0..<count).map { _ in Float(random.normal()) }
    let expected = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() / 3
    // Both sums are in Double; only their order differs.
    #expect(abs(try norm(values, scale: 1.0 / 3) - expected) <= 1e-12 * expected)
    #expect(try norm(values, scale: -1.0 / 3) == norm(values, scale: 1.0 / 3))
  }

  @Test("squares beyond the range of Float do not overflow, and NaN is seen wherever it is")
  func range() throws {
    #expect(abs(try norm([3e30, 4e30], scale: 1) - 5e30) < 1e24)
    for place in [0, 4095, 4096, 9999] {
      var values = [Float](repeating: 1, count: 10_000)
      values[place] = .nan
      #expect(try norm(values, scale: 1).isNaN)
      values[place] = -.infinity
      #expect(try norm(values, scale: 1) == .infinity)
    }
    #expect(try norm([0, 0], scale: 1) == 0)
  }
}

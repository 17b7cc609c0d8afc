import Tensors
import Testing

@Suite struct RandomStreamTests {
  /// Known-answer vectors of Random123 1.14 (tests/kat_vectors, `philox4x32 10`).
  @Test("Philox gives the published vectors")
  func knownAnswers() {
    let ones = UInt32.max
    let vectors: [(counter: [UInt32], key: [UInt32], words: [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [ones, ones, ones, ones], [ones, ones],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    for (c, k, words) in vectors {
      let result = RandomStream.philox(counter: (c[0], c[1], c[2], c[3]), key: (k[0], k[1]))
      #expect([result.0, result.1, result.2, result.3] == words)
    }
  }

  private func draw(_ stream: RandomStream, _ count: Int = 64) -> [UInt64] {
    var stream = stream
    return (0..<count).map { _ in stream.next() }
  }

  @Test("the same arguments give the same numbers")
  func deterministic() {
    let a = RandomStream(seed: 7, purpose: .augmentation, epoch: 3, sample: 11)
    let b = RandomStream(seed: 7, purpose: .augmentation, epoch: 3, sample: 11)
    #expect(draw(a) == draw(b))
    #expect(
      draw(RandomStream(seed: 7, purpose: .test, key: "head/kernel"))
        == draw(RandomStream(seed: 7, purpose: .test, key: "head/kernel")))
  }

  @Test("any other seed, purpose, epoch, sample or name gives other numbers")
  func independent() {
    let streams = [
      RandomStream(seed: 7, purpose: .augmentation, epoch: 3, sample: 11),
      RandomStream(seed: 8, purpose: .augmentation, epoch: 3, sample: 11),
      RandomStream(seed: 7, purpose: .sampleOrder, epoch: 3, sample: 11),
      RandomStream(seed: 7, purpose: .augmentation, epoch: 4, sample: 11),
      RandomStream(seed: 7, purpose: .augmentation, epoch: 3, sample: 12),
      RandomStream(seed: 7, purpose: .augmentation, epoch: 11, sample: 3),
      RandomStream(seed: 7, purpose: .augmentation, epoch: 3, sample: 11 + 1 << 32),
      RandomStream(seed: 7, purpose: .augmentation, key: "a"),
      RandomStream(seed: 7, purpose: .augmentation, key: "b"),
    ]
    let words = streams.flatMap { draw($0) }
    // 576 random words of 64 bits repeat with probability 1e-14.
    #expect(Set(words).count == words.count)
  }

  @Test("uniform and normal numbers have their mean and variance")
  func moments() {
    var random = RandomStream(seed: 1, purpose: .test)
    let count = 200_000
    let uniform = (0..<count).map { _ in random.uniform() }
    let normal = (0..<count).map { _ in random.normal() }
    func moments(_ x: [Double]) -> (Double, Double) {
      let mean = x.reduce(0, +) / Double(x.count)
      return (mean, x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count))
    }
    // Four standard errors: σ / √n = 6e-4 and 2.2e-3; of the variances 1.7e-4 and 3.2e-3.
    #expect(uniform.allSatisfy { 0 <= $0 && $0 < 1 })
    #expect(abs(moments(uniform).0 - 0.5) < 2.6e-3)
    #expect(abs(moments(uniform).1 - 1 / 12) < 7e-4)
    #expect(abs(moments(normal).0) < 9e-3)
    #expect(abs(moments(normal).1 - 1) < 1.3e-2)
    // 4.55 % of a normal distribution lie beyond two deviations.
    let beyond = Double(normal.count { abs($0) > 2 }) / Double(count)
    #expect(abs(beyond - 0.0455) < 2e-3)
  }

  @Test("integers cover their range evenly")
  func integers() {
    var random = RandomStream(seed: 2, purpose: .test)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
    // Five standard deviations of a binomial of 10,000.
    for count in counts { #expect(abs(count - 10_000) < 470) }
    #expect(random.integer(below: 1) == 0)
  }

  @Test("a permutation holds every index once", arguments: [0, 1, 2, 1000])
  func permutations(count: Int) {
    var random = RandomStream(seed: 3, purpose: .sampleOrder)
    let order = random.permutation(of: count)
    #expect(order.sorted() == Array(0..<count))
    if count == 1000 { #expect(order != Array(0..<count)) }
  }
}

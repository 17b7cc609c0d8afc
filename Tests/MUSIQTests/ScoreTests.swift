import MUSIQ
import Testing

@Suite struct ScoreTests {
  private func score(_ logits: [Float]) -> Float {
    logits.withUnsafeBufferPointer { meanOpinionScore(logits: $0) }
  }

  @Test("one output is the score itself")
  func scalar() { #expect(score([63.5]) == 63.5) }

  @Test("several outputs give the mean rating, counted from 1")
  func mean() {
    #expect(score([0, 0, 0, 0]) == 2.5)
    #expect(abs(score([0, 100, 0]) - 2) < 1e-6)
    #expect(abs(score([-1000, 0, 0]) - 2.5) < 1e-6)
  }

  @Test("no outputs, no score")
  func none() { #expect(score([]).isNaN) }
}

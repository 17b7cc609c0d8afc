import Optimizers
import Testing

@Suite struct ScheduleTests {
  @Test("warm-up rises linearly and reaches the base one step after its end")
  func warmup() {
    let schedule = Schedule(shape: .cosine, base: 1, warmupSteps: 3, totalSteps: 10)
    #expect((0..<4).map { schedule($0) } == [0.25, 0.5, 0.75, 1])
  }

  @Test("the cosine falls from the base over its middle to the final fraction")
  func cosine() {
    let schedule = Schedule(
      shape: .cosine, base: 0.5, warmupSteps: 2, totalSteps: 10, finalFraction: 0.1)
    #expect(abs(schedule(2) - 0.5) < 1e-15)
    #expect(abs(schedule(4) - 0.5 * (0.1 + 0.9 * (1 + 0.5.squareRoot()) / 2)) < 1e-15)
    #expect(abs(schedule(6) - 0.5 * 0.55) < 1e-15)
    #expect(abs(schedule(10) - 0.05) < 1e-15)
    #expect(abs(schedule(1000) - 0.05) < 1e-15)
    for step in 2..<10 { #expect(schedule(step) > schedule(step + 1)) }
  }

  @Test("without a final fraction the cosine ends at zero")
  func endsAtZero() {
    #expect(abs(Schedule(shape: .cosine, base: 1, warmupSteps: 0, totalSteps: 8)(8)) < 1e-15)
  }

  @Test("a constant stays at the base after warm-up")
  func constant() {
    let schedule = Schedule(shape: .constant, base: 0.2, warmupSteps: 1, totalSteps: 5)
    #expect(schedule(0) == 0.1)
    for step in [1, 4, 5, 100] { #expect(schedule(step) == 0.2) }
  }

  @Test("warm-up as long as the run never divides by zero")
  func onlyWarmup() {
    let schedule = Schedule(shape: .cosine, base: 1, warmupSteps: 4, totalSteps: 4)
    #expect((0...5).map { schedule($0) } == [0.2, 0.4, 0.6, 0.8, 1, 1])
  }
}

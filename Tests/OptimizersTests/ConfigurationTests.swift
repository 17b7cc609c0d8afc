import Optimizers
import Tensors
import Testing

@Suite struct ConfigurationTests {
  @Test("steps win over epochs, and warm-up fits into the run")
  func schedule() {
    var configuration = ScheduleConfiguration()
    configuration.epochs = 3
    configuration.warmupEpochs = 0.5
    configuration.finalLearningRateFraction = 0.1
    let schedule = configuration.schedule(peak: 2, stepsPerEpoch: 10)
    #expect(
      schedule
        == Schedule(
          shape: .cosine, base: 2, warmupSteps: 5, totalSteps: 30, finalFraction: 0.1))
    configuration.steps = 4
    configuration.kind = .constant
    #expect(
      configuration.schedule(peak: 2, stepsPerEpoch: 10)
        == Schedule(
          shape: .constant, base: 2, warmupSteps: 4, totalSteps: 4, finalFraction: 0.1))
    configuration.warmupSteps = 2
    #expect(configuration.schedule(peak: 2, stepsPerEpoch: 10).warmupSteps == 2)
  }

  @Test("each kind gives its update rule")
  func optimizer() {
    let layout = ParameterLayout([ParameterSpecification("kernel", [2, 2], .zeros)])
    var configuration = OptimizerConfiguration()
    #expect(configuration.optimizer(layout: layout).momentNames.count == 2)
    configuration.kind = .sgd
    #expect(configuration.optimizer(layout: layout).momentNames.count == 1)
  }
}

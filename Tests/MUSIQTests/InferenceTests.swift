import Autodiff
import MUSIQ
import ModelTestSupport
import Multiscale
import TestSupport
import Testing

@Suite struct InferenceTests {
  @Test(
    "a tape that does not record gives the outputs of one that does, on photographs too",
    arguments: [(20, 28), (200, 240)])
  func sameOutputs(height: Int, width: Int) {
    var configuration = MUSIQConfiguration.tiny()
    configuration.multiscale.nativePatchCap = -1
    let run = ModelRun(configuration, seed: 3)
    run.useTestParameters()
    let batch = goldenBatch(
      [GoldenImage(height: height, width: width, seed: 1)],
      configuration: configuration.multiscale, padded: false)
    let parameters = StepParameters(run.parameters, model: run.model)
    parameters.prepare()
    func outputs(recording: Bool, observesAllTokens: Bool) -> [Float] {
      let tape = parameters.tape(recording: recording)
      return Array(
        run.model(batch, on: tape, observesAllTokens: observesAllTokens) { _, _ in }.elements)
    }
    let expected = outputs(recording: true, observesAllTokens: false)
    for observesAllTokens in [false, true] {
      let found = outputs(recording: false, observesAllTokens: observesAllTokens)
      // Other block sizes of the matrix products are all that differs.
      for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-5 * max(abs(b), 1)) }
    }
    #expect(
      outputs(recording: false, observesAllTokens: false)
        == outputs(recording: false, observesAllTokens: false))
  }
}

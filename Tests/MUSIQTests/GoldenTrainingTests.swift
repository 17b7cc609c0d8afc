// Eight updates of the official model against float64 reference numbers: what is wrong by a little
// in gradients, moments or update rules shows in the losses that follow.

import Kernels
import MUSIQ
import ModelTestSupport
import Multiscale
import Optimizers
import Tensors
import TestSupport
import Testing

@Suite struct GoldenTrainingTests {
  /// See the README of the golden data.
  static let tolerance = 1e-4
  static let cases = (try? Golden.load().training) ?? []

  @Test("the golden file has both optimizers")
  func casesAreThere() {
    #expect(Self.cases.map(\.optimizer).sorted() == ["adamw", "sgd"])
  }

  @Test(
    "losses and gradient norms of eight steps match the reference",
    arguments: cases.map(\.optimizer))
  func training(name: String) throws {
    let golden = try #require(Self.cases.first { $0.optimizer == name })
    let run = ModelRun(
      MUSIQConfiguration(
        layerCount: golden.layers, outputCount: golden.classes,
        multiscale: MultiscaleConfiguration(nativePatchCap: golden.nativePatchCap)), seed: nil)
    let layout = run.model.layout
    let plan = UpdatePlan(layout: layout, decayOnlyKernels: false)
    let decay = Float(golden.weightDecay)
    let optimizer: any Optimizer =
      golden.optimizer == "adamw"
      ? AdamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: decay, plan: plan)
      : MomentumSGD(momentum: 0.9, weightDecay: decay, plan: plan)
    let moments = optimizer.momentNames.map { _ in
      AlignedBuffer<Float>(count: layout.storageCount)
    }
    let batch = goldenBatch(
      golden.images, configuration: run.model.configuration.multiscale, padded: false)
    let keyBiases = layout.entries.filter { !$0.specification.isTrained }
    let before = keyBiases.map { Array(run.parameters[$0.name]) }

    var report = DeviationReport()
    for step in golden.losses.indices {
      let (_, loss) = run(
        batch, targets: golden.target.targets, objective: golden.loss.objective)
      let norm = sumOfSquares(run.gradients.buffer.pointer, count: layout.storageCount)
        .squareRoot()
      let (lossError, normError) = (
        abs(loss / golden.losses[step] - 1), abs(norm / golden.gradientNorms[step] - 1)
      )
      #expect(report.note("training losses", lossError) <= Self.tolerance, "step \(step)")
      #expect(report.note("training gradient norms", normError) <= Self.tolerance, "step \(step)")
      optimizer.update(
        UpdateSegment(
          parameters: run.parameters.buffer.pointer, gradient: run.gradients.buffer.pointer,
          moments: moments.map(\.pointer), segment: 0..<layout.storageCount),
        step: step + 1, learningRate: Float(golden.learningRate), gradientScale: 1)
    }
    report.print(name)
    withExtendedLifetime(moments) {}
    #expect(keyBiases.count == golden.layers)
    #expect(keyBiases.map { Array(run.parameters[$0.name]) } == before)
  }
}

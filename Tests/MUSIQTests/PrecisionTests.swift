import Kernels
import MUSIQ
import ModelTestSupport
import Multiscale
import TestSupport
import Testing

/// bfloat16 has 8 bits of mantissa: single products are off by up to 0.4 %, sums of many by less.
@Suite(.enabled(if: MatrixProducts.supportsBFloat16)) struct PrecisionTests {
  @Test("the model in bfloat16 stays close to the reference")
  func goldenInBFloat16() throws {
    let golden = try #require(
      try Golden.load().model.first { $0.name == "two-layer-cross-entropy" })
    let configuration = MUSIQConfiguration(
      layerCount: golden.layers, outputCount: golden.classes,
      multiscale: MultiscaleConfiguration(nativePatchCap: golden.nativePatchCap))
    let run = ModelRun(configuration, seed: nil, precision: .bf16)
    let batch = goldenBatch(golden.images, configuration: configuration.multiscale, padded: false)
    let (logits, loss) = run(
      batch, targets: golden.target.targets, objective: golden.loss.objective)
    let largest = golden.logits.flatMap { $0 }.map { abs($0) }.max() ?? 1
    for (image, reference) in golden.logits.enumerated() {
      for (k, value) in reference.enumerated() {
        #expect(abs(Double(logits[image][k]) - value) <= 0.05 * largest)
      }
    }
    #expect(abs(loss - golden.lossValue) <= 0.01 * golden.lossValue)
    for (parameter, reference) in golden.gradients {
      let deviation = reference.deviation(of: .init(run.gradients[parameter]))
      #expect(deviation.normRelative <= 0.1, "\(parameter)")
    }
  }

  /// An observer makes the tape keep every value in float32 beside its rounded copy.
  @Test(
    "activations kept in bfloat16 alone give the same bits as those kept in both precisions",
    arguments: PatchEncoderKind.allCases)
  func roundedActivations(encoder: PatchEncoderKind) throws {
    let golden = try #require(
      try Golden.load().model.first { $0.name == "two-layer-cross-entropy" })
    let configuration = MUSIQConfiguration(
      layerCount: golden.layers, outputCount: golden.classes, patchEncoder: encoder,
      multiscale: MultiscaleConfiguration(nativePatchCap: golden.nativePatchCap))
    let batch = goldenBatch(golden.images, configuration: configuration.multiscale, padded: false)
    func gradients(observer: ModelObserver?) -> (logits: [[Float]], gradients: [Float]) {
      let run = ModelRun(configuration, seed: nil, precision: .bf16)
      let (logits, _) = run(
        batch, targets: golden.target.targets, objective: golden.loss.objective,
        observer: observer)
      return (logits, Array(run.gradients.buffer.elements))
    }
    let kept = gradients { _, _ in }
    let rounded = gradients(observer: nil)
    #expect(rounded.logits == kept.logits)
    #expect(rounded.gradients == kept.gradients)
    #expect(rounded.gradients.contains { $0 != 0 })
  }
}

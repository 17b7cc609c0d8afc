// Forward and backward of the official model against float64 reference numbers.

import Autodiff
import MUSIQ
import ModelTestSupport
import Multiscale
import TestSupport
import Testing

@Suite struct GoldenModelTests {
  /// Tolerances of the golden data: a float32 run of the reference itself is about 1e-6 off, so
  /// 1e-4 leaves room for another summation order and none for another formula.
  static let tolerance = 1e-4

  static let cases = (try? Golden.load().model) ?? []

  @Test("the golden file has its four model cases")
  func casesAreThere() {
    #expect(
      Self.cases.map(\.name).sorted() == [
        "full-depth", "two-layer-cross-entropy", "two-layer-emd-mixed-sizes", "two-layer-l1",
      ])
  }

  private func configuration(
    _ golden: GoldenModel, attention: AttentionLayout
  ) -> MUSIQConfiguration {
    MUSIQConfiguration(
      layerCount: golden.layers, outputCount: golden.classes, attention: attention,
      multiscale: MultiscaleConfiguration(nativePatchCap: golden.nativePatchCap))
  }

  @Test("outputs, loss and every gradient match the reference", arguments: cases.map(\.name))
  func forwardAndBackward(name: String) throws {
    let golden = try #require(Self.cases.first { $0.name == name })
    let run = ModelRun(configuration(golden, attention: .packed), seed: nil)
    let batch = goldenBatch(
      golden.images, configuration: run.model.configuration.multiscale, padded: false)
    let (logits, loss) = run(
      batch, targets: golden.target.targets, objective: golden.loss.objective)

    var report = DeviationReport()
    let largest = golden.logits.flatMap { $0 }.map { abs($0) }.max() ?? 1
    for (image, reference) in golden.logits.enumerated() {
      for (k, value) in reference.enumerated() {
        let deviation = abs(Double(logits[image][k]) - value) / largest
        #expect(report.note("logits", deviation) <= Self.tolerance)
      }
    }
    #expect(report.note("loss", abs(loss / golden.lossValue - 1)) <= Self.tolerance)
    var compared = 0
    for (parameter, reference) in golden.gradients {
      let deviation = reference.deviation(of: .init(run.gradients[parameter]))
      for part in [deviation.sampledRelative, deviation.normRelative] {
        #expect(report.note("gradients", part) <= Self.tolerance, "\(parameter)")
      }
      compared += 1
    }
    let trained = run.model.layout.entries.count { $0.specification.isTrained }
    #expect(compared == trained, "every trained parameter has a reference")
    report.print(name)
  }

  @Test("intermediate results match the reference", arguments: cases.map(\.name))
  func intermediates(name: String) throws {
    let golden = try #require(Self.cases.first { $0.name == name })
    let run = ModelRun(configuration(golden, attention: .packed), seed: nil)
    let batch = goldenBatch(
      golden.images, configuration: run.model.configuration.multiscale, padded: false)
    var seen: [String: [Float]] = [:]
    _ = run(
      batch, targets: golden.target.targets, objective: golden.loss.objective,
      observesAllTokens: true
    ) { name, variable in seen[name, default: []] += Array(variable.elements) }
    var report = DeviationReport()
    for (layer, reference) in golden.intermediates {
      let values = try #require(seen[layer])
      let deviation = values.withUnsafeBufferPointer { reference.deviation(of: $0) }
      let scale = reference.l2 / Double(reference.count).squareRoot()
      for part in [deviation.sampled / max(scale, 1), deviation.normRelative] {
        #expect(report.note("intermediates", part) <= Self.tolerance, "\(layer)")
      }
    }
    report.print(name)
  }

  @Test("padded and masked attention gives the same outputs and gradients as packed")
  func paddedEqualsPacked() throws {
    let golden = try #require(Self.cases.first { $0.name == "two-layer-emd-mixed-sizes" })
    let packed = ModelRun(configuration(golden, attention: .packed), seed: nil)
    let padded = ModelRun(configuration(golden, attention: .padded), seed: nil)
    let multiscale = packed.model.configuration.multiscale
    let (targets, objective) = (golden.target.targets, golden.loss.objective)
    let a = packed(
      goldenBatch(golden.images, configuration: multiscale, padded: false), targets: targets,
      objective: objective)
    let b = padded(
      goldenBatch(golden.images, configuration: multiscale, padded: true), targets: targets,
      objective: objective)
    var report = DeviationReport()
    for (x, y) in zip(a.logits.joined(), b.logits.joined()) {
      #expect(report.note("packed against padded", Double(abs(x - y))) <= 1e-5)
    }
    report.print(golden.name)
    for entry in packed.model.layout.entries {
      var largest: Float = 0
      var difference: Float = 0
      for i in entry.range {
        largest = max(largest, abs(packed.gradients.buffer.pointer[i]))
        let d = packed.gradients.buffer.pointer[i] - padded.gradients.buffer.pointer[i]
        difference = max(difference, abs(d))
      }
      #expect(difference <= 1e-4 * max(largest, 1e-6), "\(entry.name)")
    }
  }

  @Test("the published models have the published parameter counts")
  func parameterCounts() {
    for (outputs, count) in [(1, 27_125_825), (10, 27_129_290), (1000, 27_510_440)] {
      let model = MUSIQModel(MUSIQConfiguration(outputCount: outputs))
      #expect(model.layout.parameterCount == count)
      #expect(model.layout.entries.count == 248)
    }
  }
}

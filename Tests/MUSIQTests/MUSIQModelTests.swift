// The whole model against its twin in Double, on a tiny configuration with random parameters.

import Labels
import Layers
import MUSIQ
import ModelTestSupport
import Multiscale
import Tensors
import TestSupport
import Testing

@Suite struct MUSIQModelTests {
  /// Twenty layers of Float arithmetic; see the golden data for the published size.
  static let tolerance = 2e-5

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var objective: Objective
    var targets: [Label]
    var outputs = 3
    var attention = AttentionLayout.packed
    /// Instead of the tiny published architecture.
    var variant: MUSIQConfiguration?
    var testDescription: String { name }
  }

  static let histograms: [[Float]] = [[0.25, 0.5, 0.25], [0.125, 0.125, 0.75], [1, 0, 0]]
  static let cases = [
    Case(
      name: "cross entropy", objective: .crossEntropy,
      targets: [.classIndex(2), .classIndex(0), .classIndex(1)]),
    Case(
      name: "earth mover's distance, padded", objective: .earthMoversDistance(exponent: 2),
      targets: histograms.map { .ratings($0) }, attention: .padded),
    Case(
      name: "absolute error", objective: .absoluteError,
      targets: [.score(3), .score(-2), .score(0.5)], outputs: 1),
    Case(
      name: "absolute error of three attributes", objective: .absoluteError,
      targets: [.attributes([3, -2, 1]), .attributes([-2, 0.5, 4]), .attributes([0.5, 7, -3])]),
  ]

  static let variants = ModelVariant.all.map {
    Case(
      name: $0.description, objective: .crossEntropy,
      targets: [.classIndex(2), .classIndex(0), .classIndex(1)], variant: $0.configuration)
  }

  private func run(_ example: Case) -> ModelRun {
    let run = ModelRun(
      example.variant ?? .tiny(outputs: example.outputs, attention: example.attention), seed: 1)
    run.useTestParameters()
    return run
  }

  private func batch(_ configuration: MUSIQConfiguration) -> TokenBatch {
    goldenBatch(
      tinyImages, configuration: configuration.multiscale,
      padded: configuration.attention == .padded)
  }

  private func twinLoss(_ outputs: [Double], _ example: Case) -> Double {
    var total = 0.0
    for (image, target) in example.targets.enumerated() {
      let row = Array(outputs[image * example.outputs..<(image + 1) * example.outputs])
      switch (target, example.objective) {
      case (.score(let score), _): total += abs(row[0] - Double(score))
      case (.attributes(let scores), _):
        let errors = zip(row, scores).map { abs($0 - Double($1)) }
        total += errors.reduce(0, +) / Double(errors.count)
      case (.classIndex(let label), _):
        total += Naive.crossEntropy(row, row.indices.map { $0 == Int(label) ? 1 : 0 })
      case (.ratings(let target), .earthMoversDistance(let exponent)):
        total += Naive.earthMoversDistance(row, target.doubles, exponent: exponent)
      case (.ratings(let target), _): total += Naive.crossEntropy(row, target.doubles)
      }
    }
    return total / Double(example.targets.count)
  }

  @Test(
    "outputs, loss and the gradient of every parameter equal those of the twin",
    arguments: cases + variants)
  func gradients(example: Case) throws {
    let run = run(example)
    let batch = batch(run.model.configuration)
    let (logits, loss) = run(batch, targets: example.targets, objective: example.objective)
    let twin = NaiveMUSIQ(run.model.configuration, batch: batch.packed())
    var point: [String: [Double]] = [:]
    for entry in run.model.layout.entries {
      point[entry.name] = run.parameters[entry.name].doubles
    }
    let expected = twin(point)
    #expect(deviation(logits.joined(), expected) <= Self.tolerance)
    #expect(abs(loss - twinLoss(expected, example)) <= Self.tolerance * loss)

    for entry in run.model.layout.entries {
      let gradient = run.gradients[entry.name].doubles
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard entry.specification.isTrained else {
        #expect(norm == 0, "\(entry.name)")
        continue
      }
      #expect(norm > 0, "\(entry.name)")
      // Along a random direction every entry counts; two single entries catch transpositions.
      let direction = randomValues("direction \(entry.name)", entry.count).doubles
      let units = [0, entry.count / 2].map { unit in
        (0..<entry.count).map { $0 == unit ? 1.0 : 0 }
      }
      for d in [direction] + units {
        let center = try #require(point[entry.name])
        // A hundredth of the usual step: along a direction thousands of features move, and some
        // would cross the kink of a ReLU or change the maximum of a pool on the way.
        let shrink = 0.01
        let slope = numericalGradient(at: [0]) { t in
          var moved = point
          moved[entry.name] = zip(center, d).map { $0 + shrink * t[0] * $1 }
          return twinLoss(twin(moved), example)
        }
        #expect(
          abs(projection(gradient, d) - slope[0] / shrink) <= Self.tolerance * norm,
          "\(entry.name)")
      }
    }
  }

  @Test("an image has the same outputs alone as in a batch, wherever it stands")
  func batchInvariance() {
    let example = Self.cases[0]
    let run = run(example)
    let multiscale = run.model.configuration.multiscale
    func logits(_ images: [GoldenImage]) -> [[Float]] {
      run(
        goldenBatch(images, configuration: multiscale, padded: false),
        targets: images.map { _ in .classIndex(0) }, objective: .crossEntropy
      ).logits
    }
    let together = logits(tinyImages)
    let reversed = logits(tinyImages.reversed())
    for (index, image) in tinyImages.enumerated() {
      let alone = logits([image])[0]
      #expect(deviation(together[index], alone.doubles) <= 1e-5)
      #expect(deviation(reversed[tinyImages.count - 1 - index], alone.doubles) <= 1e-5)
    }
  }

  @Test("the gradient of a batch is the mean of the gradients of its images")
  func accumulation() {
    let example = Self.cases[0]
    let run = run(example)
    let multiscale = run.model.configuration.multiscale
    _ = run(
      batch(run.model.configuration), targets: example.targets, objective: example.objective)
    let together = Array(run.gradients.buffer.elements)
    var sum = [Double](repeating: 0, count: together.count)
    for (image, target) in zip(tinyImages, example.targets) {
      _ = run(
        goldenBatch([image], configuration: multiscale, padded: false), targets: [target],
        objective: example.objective)
      for (i, g) in run.gradients.buffer.elements.enumerated() { sum[i] += Double(g) / 3 }
    }
    for entry in run.model.layout.entries {
      #expect(deviation(together[entry.range], Array(sum[entry.range])) <= 1e-5, "\(entry.name)")
    }
  }

  @Test("the same input gives the same bits")
  func deterministic() {
    let example = Self.cases[0]
    let results = (0..<2).map { _ in
      let run = run(example)
      let (logits, _) = run(
        batch(run.model.configuration), targets: example.targets, objective: example.objective)
      return (logits, Array(run.gradients.buffer.elements))
    }
    #expect(results[0].0 == results[1].0 && results[0].1 == results[1].1)
  }
}

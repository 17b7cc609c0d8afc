import Explanation
import Foundation
import ImageCodecs
import Inference
import Labels
import MUSIQ
import ModelExchange
import ModelTestSupport
import Multiscale
import RunConfig
import Tensors
import TestSupport
import Testing

/// A tiny model on disk, and its twin.
struct ExplainedModel {
  let run: ModelRun
  let path: String

  init(in scratch: ScratchDirectory, _ configuration: MUSIQConfiguration) throws {
    run = ModelRun(configuration, seed: 0)
    run.useTestParameters()
    var settings = RunConfiguration()
    settings.model = configuration
    path = scratch.file("model.npz")
    try NPZFile.write(run.parameters, configuration: settings.yaml, to: path)
  }

  /// The attention matrices of all layers of one image, or its outputs, by the twin.
  func twin(
    _ batch: TokenBatch, heads: Range<Int> = 0..<2
  ) -> (matrices: [NaiveMatrix], outputs: [Double]) {
    let configuration = run.model.configuration
    var point: [String: [Double]] = [:]
    for entry in run.model.layout.entries { point[entry.name] = run.parameters[entry.name].doubles }
    var matrices: [NaiveMatrix] = []
    let outputs = NaiveMUSIQ(configuration, batch: batch.packed())(point) { queries, keys in
      matrices.append(
        Naive.attentionMatrix(
          queries: queries, keys: keys, heads: heads, headCount: configuration.headCount,
          columns: configuration.hiddenSize))
    }
    return (matrices, outputs)
  }

  func batch(_ image: GoldenImage) -> TokenBatch {
    goldenBatch([image], configuration: run.model.configuration.multiscale, padded: false)
  }
}

extension GoldenImage {
  var image: PixelImage { PixelImage(height: height, width: width, pixels: pixels) }
}

@Suite struct ExplainerTests {
  let scratch: ScratchDirectory
  /// Attention in float32 against Double, two layers deep.
  static let tolerance = 2e-5

  init() throws {
    _ = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  /// The class token's row, put together from the maps.
  private func row(_ explanation: Explanation) -> [Float] {
    [Float(explanation.classShare)]
      + explanation.maps.flatMap { $0.values.prefix($0.scale.tokens) }
  }

  @Test("rollout is the class token's row of the product of all matrices", arguments: tinyImages)
  func rollout(image: GoldenImage) throws {
    let model = try ExplainedModel(in: scratch, .tiny())
    for head in [nil, 1] {
      let product = Naive.rollout(
        model.twin(model.batch(image), heads: head.map { $0..<$0 + 1 } ?? 0..<2).matrices)
      for row in product { #expect(abs(row.reduce(0, +) - 1) <= 1e-12) }
      let explainer = try Explainer(
        checkpoint: model.path, reading: AttentionReading(head: head))
      let explanation = try explainer.explain(image.image)
      #expect(deviation(row(explanation), product[0]) <= Self.tolerance)
    }
  }

  @Test("one layer is the class token's row of its matrix")
  func layers() throws {
    let model = try ExplainedModel(in: scratch, .tiny())
    let matrices = model.twin(model.batch(tinyImages[0])).matrices
    for (layer, index) in [(AttentionReading.Layer.last, 1), (.index(1), 1), (.index(0), 0)] {
      let explainer = try Explainer(
        checkpoint: model.path, reading: AttentionReading(layer: layer))
      let explanation = try explainer.explain(tinyImages[0].image, ablates: false)
      #expect(deviation(row(explanation), matrices[index][0]) <= Self.tolerance)
      #expect(explanation.ablation == [nil, nil, nil])
    }
  }

  @Test("masses and the class token's share sum to 1; maps have the shape of the patch grid")
  func shapes() throws {
    for attention in [AttentionLayout.packed, .padded] {
      let model = try ExplainedModel(in: scratch, .tiny(attention: attention))
      let explainer = try Explainer(checkpoint: model.path)
      for image in tinyImages {
        let explanation = try explainer.explain(image.image, ablates: false)
        let total = explanation.maps.reduce(explanation.classShare) { $0 + $1.mass }
        #expect(abs(total - 1) <= 1e-6)
        #expect(explanation.maps.map(\.name) == ["16", "24", "native"])
        for map in explanation.maps {
          let (rows, columns) = ((map.scale.height + 7) / 8, (map.scale.width + 7) / 8)
          #expect((map.scale.rows, map.scale.columns) == (rows, columns))
          #expect(map.values.count == rows * columns)
          for (patch, value) in map.values.enumerated() {
            #expect(map.isSeen(patch) ? value > 0 : value == 0)
          }
        }
        #expect(
          explanation.tokens
            == TokenGeometry.validTokens(
              height: image.height, width: image.width,
              configuration: model.run.model.configuration.multiscale))
      }
    }
    #expect(tinyImages[0].height * tinyImages[0].width > 12 * 64 - 8 * 32, "the cap is met")
  }

  @Test("the ablation is the verdict on the tokens of the other scales", arguments: [1, 3])
  func ablation(outputs: Int) throws {
    let model = try ExplainedModel(in: scratch, .tiny(outputs: outputs))
    let batch = model.batch(tinyImages[0])
    let explanation = try Explainer(checkpoint: model.path).explain(tinyImages[0].image)
    let whole = model.twin(batch).outputs
    let best = whole.indices.max { whole[$0] < whole[$1] } ?? 0
    func value(_ outputs: [Double]) -> Double {
      outputs.count == 1 ? outputs[0] : Naive.softmax(outputs)[best]
    }
    #expect(abs(Double(explanation.verdict.value) - value(whole)) <= 1e-4)
    for scale in 0..<3 {
      let rest = TokenBatch(
        offsets: batch.offsets, patches: batch.patches, spatialIndices: batch.spatialIndices,
        scaleIndices: batch.scaleIndices, mask: batch.scaleIndices.map { $0 == scale ? 0 : 1 },
        patchValues: batch.patchValues, isPadded: true)
      let value = value(model.twin(rest).outputs)
      #expect(abs(Double(try #require(explanation.ablation[scale])) - value) <= 1e-4)
    }
  }

  @Test("a classifier without names is known as one")
  func unnamedClasses() throws {
    var configuration = MUSIQConfiguration.tiny()
    for (kind, names, isUnnamed) in [
      (LabelKind.classes, [], true), (.classes, ["ant", "bee", "cat"], false),
      (.attributes, [], false),
    ] {
      configuration.score = ScoreConfiguration(kind: .fixed(kind), names: names)
      let model = try ExplainedModel(in: scratch, configuration)
      #expect(try Explainer(checkpoint: model.path).hasUnnamedClasses == isUnnamed)
    }
  }

  @Test("a model of one scale has no ablation")
  func oneScale() throws {
    var configuration = MUSIQConfiguration.tiny(outputs: 1)
    configuration.multiscale.longerSideLengths = []
    let model = try ExplainedModel(in: scratch, configuration)
    let explanation = try Explainer(checkpoint: model.path).explain(tinyImages[1].image)
    #expect(explanation.ablation == [nil] && explanation.maps.map(\.name) == ["native"])
  }

  @Test("a layer or head that the model does not have is a usage error that says which it has")
  func bounds() throws {
    let model = try ExplainedModel(in: scratch, .tiny())
    for (reading, error) in [
      (AttentionReading(layer: .index(2)), ExplanationError.noLayer(2, count: 2)),
      (AttentionReading(head: 2), .noHead(2, count: 2)),
    ] {
      #expect(error.kind == .usage)
      #expect(throws: error) {
        try Explainer(checkpoint: model.path, reading: reading)
      }
    }
    #expect(AttentionReading.Layer("-1") == nil && AttentionReading.Layer("first") == nil)
  }

  @Test("the aspect curve holds the image itself and copies of its area")
  func aspectCurve() throws {
    let model = try ExplainedModel(in: scratch, .tiny())
    let explainer = try Explainer(checkpoint: model.path)
    let image = GoldenImage(height: 40, width: 60, seed: 4).image
    let curve = try AspectCurve(explainer, image)
    #expect(curve.points.count == 17)
    let own = try #require(curve.points.first { $0.stretch == 1 })
    #expect((own.height, own.width) == (40, 60))
    #expect(own.value == (try explainer.explain(image, ablates: false)).verdict.value)
    for point in curve.points {
      #expect(abs(Double(point.height * point.width) / 2400 - 1) < 0.03)
    }
    #expect(curve.csv.split(separator: "\n").count == 18)
  }
}

// The variants of the paper: sizes, equivalence of packed and padded rows, training. Their
// gradients are checked in MUSIQModelTests.

import Labels
import Layers
import MUSIQ
import ModelTestSupport
import Multiscale
import Optimizers
import Tensors
import TestSupport
import Testing

@Suite struct VariantTests {
  private static let targets: [Label] = [.classIndex(2), .classIndex(0), .classIndex(1)]

  // MARK: Sizes

  private func count(_ configuration: MUSIQConfiguration) -> Int {
    #expect(configuration.problems().isEmpty)
    return MUSIQModel(configuration).layout.parameterCount
  }

  /// 20,749,441 parameters behind the patch encoder; the ResNet's counts are the published ones.
  @Test(
    "patch encoders at all patch sizes have the expected parameter counts",
    arguments: [
      (16, 22_407_233, 21_189_569, 21_044_737), (32, 27_125_825, 22_369_217, 21_929_473),
      (48, 34_990_145, 24_335_297, 23_404_033), (64, 46_000_193, 27_087_809, 25_468_417),
    ])
  func patchSizes(side: Int, resnet5: Int, simpleConv: Int, linear: Int) {
    for (kind, expected) in [
      (PatchEncoderKind.resnet5, resnet5), (.simpleConv, simpleConv), (.linear, linear),
    ] {
      let multiscale = MultiscaleConfiguration(patchSize: side)
      let configuration = MUSIQConfiguration(
        outputCount: 1, patchEncoder: kind, multiscale: multiscale)
      #expect(count(configuration) == expected, "\(kind)")
    }
  }

  @Test("tables have a row per cell, slot and scale, or do not exist")
  func tables() {
    func count(_ change: (inout MUSIQConfiguration) -> Void) -> Int {
      var configuration = MUSIQConfiguration(outputCount: 1)
      change(&configuration)
      return self.count(configuration)
    }
    let rest: Int = 27_125_825 - 103 * 384
    func rows(_ rows: Int) -> Int { rest + rows * 384 }
    #expect(count { $0.multiscale.hashGrid = 15 } == rows(225 + 3))
    #expect(count { $0.spatialEmbedding = .none } == rows(3))
    #expect(count { $0.scaleEmbedding = false } == rows(100))
    // 7² + 12² + 512 slots.
    #expect(count { $0.spatialEmbedding = .fixed } == rows(705 + 3))
    #expect(
      count {
        $0.spatialEmbedding = .fixed
        $0.multiscale = MultiscaleConfiguration(longerSideLengths: [384], includesNative: false)
      } == rows(144 + 1))
    // conv_root alone sees the channels of an image: 49 · 64 weights for each.
    #expect(count { $0.multiscale.channels = 1 } == rows(103) - 6272)
    #expect(count { $0.multiscale.channels = 4 } == rows(103) + 3136)
  }

  @Test("names: the official ones, and our own for what the official code does not have")
  func names() {
    func names(_ change: (inout MUSIQConfiguration) -> Void) -> Set<String> {
      var configuration = MUSIQConfiguration.tiny()
      change(&configuration)
      return Set(MUSIQModel(configuration).layout.entries.map(\.name))
    }
    let published = names { _ in }
    let positions = "Transformer/posembed_input"
    #expect(
      names { $0.spatialEmbedding = .fixed }
        == published.subtracting(["\(positions)/pos_embedding"])
        .union(["\(positions)/slot_embedding"]))
    #expect(
      names { $0.spatialEmbedding = .none }
        == published.subtracting(["\(positions)/pos_embedding"]))
    #expect(
      names { $0.scaleEmbedding = false }
        == published.subtracting(["Transformer/scaleembed_input/scale_embedding"]))
    let encoder = published.filter { $0.hasPrefix("block1/") }
    #expect(
      names { $0.patchEncoder = .simpleConv }
        == published.subtracting(encoder)
        .union(["conv1/kernel", "gn1/scale", "gn1/bias"]))
    #expect(
      names { $0.patchEncoder = .linear }
        == published.subtracting(encoder)
        .subtracting(["conv_root/kernel", "gn_root/scale", "gn_root/bias"]))
  }

  // MARK: Problems

  @Test("values that do not fit together are named")
  func problems() {
    func keys(_ change: (inout MUSIQConfiguration) -> Void) -> [String] {
      var configuration = MUSIQConfiguration.tiny()
      change(&configuration)
      return configuration.problems().map(\.key)
    }
    #expect(ModelVariant.all.allSatisfy { $0.configuration.problems().isEmpty })
    for cap in [-1, 0] {
      #expect(
        keys {
          ($0.spatialEmbedding, $0.multiscale.nativePatchCap) = (.fixed, cap)
        } == ["multiscale.nativePatchCap"])
    }
    #expect(
      keys {
        ($0.spatialEmbedding, $0.multiscale.nativePatchCap) = (.fixed, -1)
        $0.multiscale.includesNative = false
      } == [])
    #expect(keys { $0.multiscale.channels = 2 } == ["multiscale.channels"])
    #expect(keys { $0.hiddenSize = 15 } == ["hiddenSize"])
    #expect(keys { $0.mlpSize = 0 } == ["mlpSize"])
    #expect(keys { $0.layerCount = 0 } == ["layerCount"])
    #expect(keys { $0.headCount = -1 } == ["headCount"])
    #expect(keys { ($0.stemChannels, $0.blockChannels) = (9, 17) }.count == 2)
    // Sizes of layers that do not exist are not checked.
    #expect(
      keys {
        ($0.stemChannels, $0.blockChannels, $0.groupCount) = (9, 17, 0)
        $0.patchEncoder = .linear
      } == [])
    #expect(keys { ($0.blockChannels, $0.patchEncoder) = (17, .simpleConv) } == [])
  }

  // MARK: Training

  private func batch(_ configuration: MUSIQConfiguration, padded: Bool) -> TokenBatch {
    goldenBatch(tinyImages, configuration: configuration.multiscale, padded: padded)
  }

  @Test(
    "padded and masked rows give the outputs and gradients of packed ones",
    arguments: ModelVariant.all)
  func paddedEqualsPacked(variant: ModelVariant) {
    let runs = [AttentionLayout.packed, .padded].map { attention in
      var configuration = variant.configuration
      configuration.attention = attention
      let run = ModelRun(configuration, seed: 1)
      run.useTestParameters()
      return run
    }
    let logits = runs.map { run in
      run(
        batch(
          run.model.configuration, padded: run.model.configuration.attention == .padded),
        targets: Self.targets, objective: .crossEntropy
      ).logits
    }
    #expect(deviation(logits[0].joined(), Array(logits[1].joined()).doubles) <= 1e-5)
    for entry in runs[0].model.layout.entries {
      let gradients = runs.map { $0.gradients[entry.name].doubles }
      let norm = gradients[0].reduce(0) { $0 + $1 * $1 }.squareRoot()
      let difference = zip(gradients[0], gradients[1]).map { abs($0 - $1) }.max() ?? 0
      #expect(difference <= 1e-5 * norm, "\(entry.name)")
    }
  }

  /// The fixed table is where a mistake in counting slots would show: packed from padded rows.
  @Test("rows dropped from a padded batch keep their slots")
  func slots() {
    let configuration = MUSIQConfiguration.tiny()
    var fixed = configuration
    fixed.spatialEmbedding = .fixed
    let run = ModelRun(fixed, seed: 1)
    run.useTestParameters()
    let outputs = [true, false].map { padded in
      run(
        batch(fixed, padded: padded), targets: Self.targets, objective: .crossEntropy
      ).logits
    }
    #expect(outputs[0] == outputs[1])
    // 2² + 3² + 12 slots; images of 4 + 6 + 12, … tokens leave the last slots of each scale unused.
    let table = "Transformer/posembed_input/slot_embedding"
    let gradient = run.gradients[table].doubles
    let used = (0..<25).filter { slot in
      gradient[slot * 16..<slot * 16 + 16].contains { $0 != 0 }
    }
    #expect(used == Array(0..<4) + Array(4..<13) + Array(13..<25))
  }

  @Test("a few steps reduce the loss", arguments: ModelVariant.all)
  func training(variant: ModelVariant) {
    let run = ModelRun(variant.configuration, seed: 1)
    let batch = batch(variant.configuration, padded: false)
    let layout = run.model.layout
    let optimizer = AdamW(
      beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0,
      plan: UpdatePlan(layout: layout, decayOnlyKernels: false))
    let moments = optimizer.momentNames.map { _ in
      AlignedBuffer<Float>(count: layout.storageCount)
    }
    defer { withExtendedLifetime(moments) {} }
    var losses: [Double] = []
    for step in 1...12 {
      losses.append(run(batch, targets: Self.targets, objective: .crossEntropy).loss)
      optimizer.update(
        UpdateSegment(
          parameters: run.parameters.buffer.pointer, gradient: run.gradients.buffer.pointer,
          moments: moments.map(\.pointer), segment: 0..<layout.storageCount),
        step: step, learningRate: 3e-3, gradientScale: 1)
    }
    // From ln 3, because the head begins with zeros.
    #expect(abs(losses[0] - 1.0986) < 1e-3)
    #expect(losses[11] < 0.9 * losses[0], "\(losses)")
  }

  // MARK: Cost

  @Test("costs are those of the layers that exist")
  func costs() {
    func cost(_ kind: PatchEncoderKind, channels: Int = 3) -> Double {
      ModelCost(
        MUSIQConfiguration(
          outputCount: 1, patchEncoder: kind,
          multiscale: MultiscaleConfiguration(channels: channels))
      ).perPatch
    }
    let pixels: Double = 3072 * 384
    #expect(cost(.linear) == pixels)
    #expect(cost(.linear, channels: 1) == pixels / 3)
    let root: Double = 256 * 147 * 64
    let second: Double = 64 * 9 * 4096
    let embedding: Double = 4096 * 384
    #expect(cost(.simpleConv) == root + second + embedding)
    let difference = cost(.resnet5) - cost(.resnet5, channels: 1)
    #expect(difference == root / 3 * 2)
  }
}

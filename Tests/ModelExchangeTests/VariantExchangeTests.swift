// Variants of the model through files: with their configuration, and by shapes alone.

import Checkpoints
import Inference
import MPI
import MUSIQ
import ModelExchange
import ModelTestSupport
import Multiscale
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct VariantExchangeTests {
  let scratch: ScratchDirectory
  let world: Communicator

  init() throws {
    world = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  private func store(_ configuration: MUSIQConfiguration) -> ParameterStore {
    let store = ParameterStore(layout: MUSIQModel(configuration).layout)
    for entry in store.layout.entries {
      _ = store[entry.name].update(fromContentsOf: testParameter(entry))
    }
    return store
  }

  @Test("npz to checkpoint to npz keeps every bit of every variant", arguments: ModelVariant.all)
  func roundTrip(variant: ModelVariant) throws {
    var run = try StoredModel(NPZFixture.stored).configuration
    run.model = variant.configuration
    let source = store(variant.configuration)
    try NPZFile.write(source, configuration: run.yaml, to: scratch.file("a.npz"))
    let first = try StoredModel(scratch.file("a.npz"))
    #expect(first.configuration.model == variant.configuration)
    #expect(first.report.unexpected.isEmpty && first.report.missing.isEmpty)
    #expect(Array(first.parameters.buffer.elements) == Array(source.buffer.elements))
    let checkpoint = try first.writeCheckpoint(to: scratch.file("a.h5"), world: world)
    let second = try StoredModel(checkpoint.path)
    #expect(second.configuration == first.configuration && second.digest == first.digest)
    try second.export(to: scratch.file("b.npz"), as: .npz, names: .official)
    #expect(try StoredModel(scratch.file("b.npz")).digest == first.digest)
    try second.export(to: scratch.file("b.safetensors"), as: .safetensors, names: .pyiqa)
  }

  private func derived(
    _ change: (inout MUSIQConfiguration) -> Void
  ) throws -> (found: ConfigurationFromShapes, expected: MUSIQConfiguration) {
    var configuration = MUSIQConfiguration(outputCount: 1)
    configuration.multiscale.nativePatchCap = -1
    change(&configuration)
    let shapes = Dictionary(
      uniqueKeysWithValues: MUSIQModel(configuration).layout.entries.map { ($0.name, $0.shape) })
    return (try ConfigurationFromShapes(shapes), configuration)
  }

  @Test("shapes tell patch encoder, patch side, channels and tables")
  func derivation() throws {
    for encoder in PatchEncoderKind.allCases {
      for side in [16, 32, 48, 64, 256] {
        for channels in [1, 3, 4] where encoder != .linear || channels == 3 {
          let (found, expected) = try derived {
            $0.patchEncoder = encoder
            ($0.multiscale.patchSize, $0.multiscale.channels) = (side, channels)
          }
          #expect(found.configuration == expected, "\(encoder), \(side), \(channels)")
          #expect(found.undetermined.isEmpty)
        }
      }
    }
    for change: @Sendable (inout MUSIQConfiguration) -> Void in [
      { $0.spatialEmbedding = .none },
      { ($0.spatialEmbedding, $0.multiscale.nativePatchCap) = (.fixed, 512) },
      // 24² slots are no grid.
      {
        ($0.spatialEmbedding, $0.multiscale.nativePatchCap) = (.fixed, 576)
        $0.multiscale.longerSideLengths = []
      },
      { ($0.patchEncoder, $0.multiscale.patchSize, $0.multiscale.channels) = (.linear, 15, 1) },
    ] {
      let (found, expected) = try derived(change)
      #expect(found.configuration == expected && found.undetermined.isEmpty)
    }
  }

  @Test("what shapes do not tell is named")
  func undetermined() throws {
    func keys(_ change: (inout MUSIQConfiguration) -> Void) throws -> [String] {
      try derived(change).found.undetermined.map { String($0.key.dropFirst(6)) }
    }
    let lengths = "multiscale.longerSideLengths"
    #expect(try keys { $0.scaleEmbedding = false } == [lengths])
    #expect(
      try keys {
        ($0.spatialEmbedding, $0.multiscale.nativePatchCap) = (.fixed, 512)
        $0.scaleEmbedding = false
      } == [lengths, "multiscale.nativePatchCap"])
    #expect(
      try keys {
        $0.patchEncoder = .linear
        $0.multiscale.channels = 1
      } == ["multiscale.channels", "multiscale.patchSize"])
    #expect(
      try keys {
        $0.patchEncoder = .simpleConv
        ($0.stemChannels, $0.groupCount, $0.scaleEmbedding) = (48, 16, false)
      } == [lengths, "groupCount"])
  }

  @Test("a convolution of two channels or alone is no model that we have")
  func refusals() throws {
    var shapes: [String: [Int]] = [:]
    for entry in MUSIQModel(MUSIQConfiguration(outputCount: 1, patchEncoder: .simpleConv)).layout
      .entries
    {
      shapes[entry.name] = entry.shape
    }
    var twoChannels = shapes
    twoChannels["conv_root/kernel"] = [7, 7, 2, 64]
    #expect(throws: ConfigurationFromShapes.Problem.self) {
      try ConfigurationFromShapes(twoChannels)
    }
    var alone = shapes
    for name in ["conv1/kernel", "gn1/scale", "gn1/bias"] { alone[name] = nil }
    #expect(throws: ConfigurationFromShapes.Problem.self) { try ConfigurationFromShapes(alone) }
  }

  @Test("a foreign file of a variant opens when its open questions are answered")
  func foreign() throws {
    var configuration = MUSIQConfiguration.tiny(outputs: 1)
    configuration.patchEncoder = .linear
    (configuration.spatialEmbedding, configuration.scaleEmbedding) = (.fixed, false)
    configuration.multiscale.channels = 1
    try NPZFile.write(store(configuration), configuration: nil, to: scratch.file("c.npz"))
    let error = #expect(throws: UndeterminedKey.self) {
      _ = try StoredModel(scratch.file("c.npz"))
    }
    #expect(error?.key.hasPrefix("model.multiscale.") == true)
    let stored = try StoredModel(
      scratch.file("c.npz"),
      overrides: [
        "model.multiscale.channels=1", "model.multiscale.patchSize=8",
        "model.multiscale.longerSideLengths=[16, 24]", "model.multiscale.nativePatchCap=12",
      ])
    #expect(stored.report.missing.isEmpty && stored.report.mismatched.isEmpty)
    #expect(stored.configuration.model.spatialEmbedding == .fixed)
  }
}

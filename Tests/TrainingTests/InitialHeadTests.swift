import Checkpoints
import Foundation
import ImageData
import Inference
import MUSIQ
import RunConfig
import Testing
import Training

/// A classifier's head means its classes: another set of as many is another question.
@Suite(.serialized) struct InitialHeadTests {
  private let tiny: TinyTraining
  private let first: CheckpointFile
  private let names: [String]

  init() throws {
    tiny = try TinyTraining()
    first = try tiny.train("first", ["optimizer.learningRate=0.01"])
    names = try FileManager.default.contentsOfDirectory(atPath: tiny.scratch.file("data/train"))
      .sorted()
  }

  /// A run that leaves the parameters as they begin.
  private func still(
    _ run: String, _ overrides: [String] = [], from initial: InitialModel
  ) throws -> CheckpointFile {
    let trainer = try Trainer(
      tiny.configuration(["optimizer.learningRate=1e-30", "run.steps=1"] + overrides),
      from: initial, runDirectory: tiny.scratch.file(run), world: tiny.world)
    _ = try trainer.train()
    return try CheckpointFile(try #require(trainer.lastCheckpoint))
  }

  /// The columns of the head: one list of weights per class, the bias last.
  private func head(_ file: CheckpointFile) throws -> [[Float]] {
    func values(_ name: String) throws -> [Float] {
      try file.values(of: try #require(file.parameters.first { $0.name == name }))
    }
    let (kernel, bias) = (try values("head/kernel"), try values("head/bias"))
    return names.indices.map { place in
      stride(from: place, to: kernel.count, by: names.count).map { kernel[$0] } + [bias[place]]
    }
  }

  @Test("a head is kept for the same classes, its outputs in the order of the data")
  func kept() throws {
    let initial = try InitialModel(first.path)
    #expect(try head(still("same", from: initial)) == head(first))
    var index = try IndexBuilder().open(tiny.scratch.file("data/train"), world: nil).index
    index.classNames.reverse()
    for id in index.samples.indices {
      index.samples[id].target = .classIndex(Int32(names.count - 1) - index[id].classIndex)
    }
    let path = tiny.scratch.file("backward.idx")
    try index.write(to: path)
    let backward = try still("backward", ["data.train=\(path)"], from: initial)
    #expect(try head(backward) == head(first).reversed())
    let stored = try StoredModel(backward.path).configuration.model
    #expect(stored.score.names == names.reversed())
  }

  @Test("for other classes of the same number it is reinitialized, or refused with both lists")
  func others() throws {
    for part in ["train", "val"] {
      try FileManager.default.moveItem(
        atPath: tiny.scratch.file("data/\(part)/\(names[2])"),
        toPath: tiny.scratch.file("data/\(part)/zebra"))
    }
    let file = try still("other", from: InitialModel(first.path))
    #expect(try head(file).allSatisfy { $0.allSatisfy { abs($0) < 1e-20 } })
    let found = #expect(throws: TrainingError.self) {
      try still("kept", from: InitialModel(first.path, head: .keep))
    }
    let list = names.prefix(5).joined(separator: ", ")
    #expect(found?.description.contains("has 8 outputs (classes: 8 (\(list), …))") == true)
  }

  @Test("a head without names is kept on request only")
  func unnamed() throws {
    let path = tiny.scratch.file("unnamed.h5")
    _ = try StoredModel(first.path, overrides: ["model.score.names=[]"])
      .writeCheckpoint(to: path, world: tiny.world)
    let auto = try still("auto", from: InitialModel(path))
    #expect(try head(auto).allSatisfy { $0.allSatisfy { abs($0) < 1e-20 } })
    #expect(try head(still("keep", from: InitialModel(path, head: .keep))) == head(first))
  }
}

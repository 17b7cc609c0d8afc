import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointPathTests {
  let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func path(_ name: String) -> String { scratch.file(name) }

  @Test("a file is itself, whether it is there or not")
  func file() throws {
    try scratch.write("a.h5", [1])
    #expect(try CheckpointPath.resolve(path("a.h5")) == path("a.h5"))
    #expect(try CheckpointPath.resolve("nowhere.h5") == "nowhere.h5")
  }

  @Test("a run, or its checkpoints, is its best checkpoint, else the newest by step")
  func directory() throws {
    let folder = "run/checkpoints"
    for step in [9, 10] { try scratch.write("\(folder)/\(CheckpointName.file(step: step))", [1]) }
    try scratch.write("\(folder)/.tmp-000000011-a.h5", [1])
    for given in ["run", "run/", folder, "\(folder)/"] {
      #expect(
        try CheckpointPath.resolve(path(given)).hasSuffix("run/checkpoints/step-000000010.h5"))
    }
    try FileManager.default.createSymbolicLink(
      atPath: path("\(folder)/best.h5"), withDestinationPath: "step-000000009.h5")
    #expect(try CheckpointPath.resolve(path("run")) == path("\(folder)/step-000000009.h5"))
    // A link that leads nowhere counts for nothing.
    try FileManager.default.removeItem(atPath: path("\(folder)/step-000000009.h5"))
    #expect(try CheckpointPath.resolve(path("run")) == path("\(folder)/step-000000010.h5"))
  }

  @Test("a directory without checkpoints is an error of one sentence")
  func none() throws {
    try scratch.makeFolder("run/checkpoints")
    let error = #expect(throws: CheckpointError.self) { try CheckpointPath.resolve(path("run")) }
    #expect(
      error?.description
        == "\(path("run")): not a usable checkpoint: a directory without checkpoints")
    #expect(error?.kind == .checkpoint)
  }
}

@Suite struct ValidationFigureTests {
  private func figure(_ value: Double, _ loss: Double = 1, _ name: String = "top1")
    -> ValidationFigure
  {
    ValidationFigure(name: name, value: value, loss: loss)
  }

  @Test("higher values are better, then lower losses; any value is better than none")
  func order() {
    #expect(figure(0.5).isBetter(than: figure(0.4)))
    #expect(!figure(0.4).isBetter(than: figure(0.5)))
    #expect(figure(0.5, 1).isBetter(than: figure(0.5, 2)))
    #expect(!figure(0.5).isBetter(than: figure(0.5)))
    #expect(figure(-1).isBetter(than: figure(.nan)))
    #expect(!figure(.nan).isBetter(than: figure(-1)))
    #expect(figure(.nan, 1).isBetter(than: figure(.nan, 2)))
    #expect(!figure(0.9, 1, "srcc").isBetter(than: figure(0.1)))
  }

  @Test("the best of several: equal ones in order of steps, other figures left out")
  func best() {
    let steps = [
      FiguredStep(step: 1, figure: figure(0.9, 1, "srcc")),
      FiguredStep(step: 2, figure: figure(0.5)), FiguredStep(step: 3, figure: figure(.nan)),
      FiguredStep(step: 4, figure: figure(0.7)), FiguredStep(step: 5, figure: figure(0.5)),
    ]
    #expect(FiguredStep.best(9, of: steps) == [4, 2, 5, 3])
    #expect(FiguredStep.best(1, of: steps.reversed()) == [4])
    #expect(FiguredStep.best(1, of: []) == [])
  }
}

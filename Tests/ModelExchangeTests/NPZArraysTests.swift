import Checkpoints
import ModelExchange
import TestSupport
import Testing

@Suite struct NPZArraysTests {
  let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  @Test("arrays come back in order with their shapes and bits")
  func roundTrip() throws {
    let arrays = [
      NamedArray("map", shape: [2, 3], [0, -0.0, 1.5, .nan, .infinity, .leastNonzeroMagnitude]),
      NamedArray("one", shape: [1], [7]), NamedArray("none", shape: [0], []),
    ]
    let path = scratch.file("x.npz")
    try NPZArrays.write(arrays, to: path)
    let back = try NPZArrays.read(path)
    #expect(back.map(\.name) == ["map", "one", "none"])
    #expect(back.map(\.shape) == [[2, 3], [1], [0]])
    #expect(
      back.flatMap(\.values).map(\.bitPattern) == arrays.flatMap(\.values).map(\.bitPattern))
  }

  @Test("a folder that does not exist is an error that names the file")
  func unwritable() {
    #expect(throws: CheckpointError.self) {
      try NPZArrays.write([], to: scratch.file("missing/x.npz"))
    }
  }
}

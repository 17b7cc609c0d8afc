// Memory: flat in training, and in inference no more than each block's result and one block's
// worth.

import Autodiff
import Kernels
import ModelTestSupport
import TestSupport
import Testing

@Suite struct ArenaTests {
  static let layers = 12
  static let width = 32

  /// A chain of layers on `rows` tokens, as an encoder uses the tape.
  private func chain(_ tape: Tape, rows: Int) -> Variable {
    let width = Self.width
    var z = TapeCheck("input", shapes: []).constant(
      randomValues("x", rows * width), rows: rows, columns: width, on: tape)
    for layer in 0..<Self.layers {
      let weight = WeightSource(
        ParameterReference(offset: layer * width * width, rows: width, columns: width))
      let vector = ParameterReference(offset: layer * width * width, rows: 1, columns: width)
      z = tape.keepingOnly(rows: rows, columns: width) {
        let normalized = tape.layerNorm(z, scale: vector, bias: vector, epsilon: 1e-6)
        return tape.geluLinear(
          tape.linear(normalized, weight: weight), inputBias: vector, weight: weight, bias: vector,
          addingTo: z)
      }
    }
    return z
  }

  private static let parameters = GuardedBuffer(
    randomValues("parameters", layers * width * width, deviation: 0.2))

  @Test("allocations begin on 64-byte boundaries and do not overlap")
  func allocations() {
    let arena = Arena(minimumBlock: 64)
    let blocks = [1, 17, 16, 3].map { (start: arena.allocate($0), count: $0) }
      .sorted { $0.start < $1.start }
    for block in blocks { #expect(UInt(bitPattern: block.start) % 64 == 0) }
    for (a, b) in zip(blocks, blocks.dropFirst()) { #expect(a.start + a.count <= b.start) }
    #expect(arena.capacity == 64 + 64)  // 16 + 32 + 16 fit into the first block, the rest does not.
  }

  @Test("capacity is flat over repeated micro-batches")
  func flat() {
    let arena = Arena(minimumBlock: 1000)
    let tape = Tape(parameters: Self.parameters.pointer, arena: arena)
    let gradients = GuardedBuffer(
      [Float](repeating: 0, count: Self.layers * Self.width * Self.width))
    tape.parameterGradients = gradients.pointer
    var capacities: [Int] = []
    var last: [Float] = []
    for round in 0..<6 {
      let z = chain(tape, rows: 20)
      tape.backward(from: z) { $0.update(repeating: 1, count: 20 * Self.width) }
      if round > 0 { #expect(Array(z.elements) == last, "reused memory changes nothing") }
      last = Array(z.elements)
      tape.reset()
      capacities.append(arena.capacity)
    }
    #expect(Set(capacities).count == 1)
    // A smaller micro-batch fits into what is there.
    _ = chain(tape, rows: 7)
    tape.reset()
    #expect(arena.capacity == capacities[0])
  }

  @Test("inference gives the same bits as recording, in less memory")
  func inference() {
    let (recordingArena, inferenceArena) = (
      Arena(minimumBlock: 1), Arena(minimumBlock: 1)
    )
    let recording = chain(
      Tape(parameters: Self.parameters.pointer, arena: recordingArena), rows: 40)
    let inference = chain(
      Tape(parameters: Self.parameters.pointer, recording: false, arena: inferenceArena), rows: 40)
    #expect(Array(recording.elements) == Array(inference.elements))
    #expect(inferenceArena.capacity * 2 < recordingArena.capacity)
  }

  @Test("kept arrays survive later allocations")
  func kept() {
    let tape = Tape(parameters: Self.parameters.pointer, arena: Arena(minimumBlock: 16))
    let offsets = tape.keep([1, 2, 3])
    let indices = tape.keep([7, 8, 9] as [Int32])
    _ = chain(tape, rows: 5)
    #expect(Array(UnsafeBufferPointer(start: offsets, count: 3)) == [1, 2, 3])
    #expect(Array(UnsafeBufferPointer(start: indices, count: 3)) == [7, 8, 9])
  }
}

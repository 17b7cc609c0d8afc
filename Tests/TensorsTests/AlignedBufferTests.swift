import Tensors
import Testing

@Suite struct AlignedBufferTests {
  @Test("memory is zeroed and begins on a 64-byte boundary", arguments: [0, 1, 17, 4096])
  func allocation(count: Int) {
    let buffer = AlignedBuffer<Float>(count: count)
    #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
    #expect(buffer.count == count && buffer.elements.allSatisfy { $0 == 0 })
  }

  @Test("ranges share memory; copy and zero act on everything")
  func access() {
    let a = AlignedBuffer<Float>(count: 10)
    a[3..<5].update(repeating: 2)
    #expect(Array(a.elements) == [0, 0, 0, 2, 2, 0, 0, 0, 0, 0])
    let b = AlignedBuffer<Float>(count: 10)
    b.copy(from: a)
    a.zero()
    #expect(a.elements.allSatisfy { $0 == 0 })
    #expect(Array(b[2..<6]) == [0, 2, 2, 0])
    #expect(b[10..<10].isEmpty)
  }
}

import Tensors
import Testing

@Suite struct ParameterLayoutTests {
  static let layout = ParameterLayout([
    ParameterSpecification("a/kernel", [3, 5], .lecunNormal),
    ParameterSpecification("a/bias", [5], .zeros, isTrained: false),
    ParameterSpecification("b", [16], .ones),
    ParameterSpecification("c", [1, 1, 17], .normal(deviation: 0.02)),
  ])

  @Test("parameters keep their order, begin on 64-byte boundaries and do not overlap")
  func alignment() {
    let entries = Self.layout.entries
    #expect(entries.map(\.name) == ["a/kernel", "a/bias", "b", "c"])
    #expect(entries.map(\.range) == [0..<15, 16..<21, 32..<48, 48..<65])
    #expect(Self.layout.parameterCount == 15 + 5 + 16 + 17)
    #expect(Self.layout.storageCount == 80)
    for entry in entries { #expect(entry.range.lowerBound % ParameterLayout.alignment == 0) }
  }

  @Test("parameters are found by name")
  func names() {
    #expect(Self.layout["b"].range == 32..<48)
    #expect(Self.layout.entry(named: "c")?.shape == [1, 1, 17])
    #expect(Self.layout.entry(named: "d") == nil)
    #expect(Self.layout["a/bias"].specification.isTrained == false)
  }

  @Test("initialization leaves padding zero and is a function of seed and name only")
  func initialization() {
    let store = ParameterStore(layout: Self.layout)
    store.buffer.elements.update(repeating: .nan)
    store.initialize(seed: 5)
    let inside = Set(Self.layout.entries.flatMap { Array($0.range) })
    for (i, value) in store.buffer.elements.enumerated() where !inside.contains(i) {
      #expect(value == 0)
    }
    #expect(store["b"].allSatisfy { $0 == 1 } && store["a/bias"].allSatisfy { $0 == 0 })

    // The same parameters in another order, with another one between them.
    let other = ParameterStore(
      layout: ParameterLayout([
        Self.layout["c"].specification, ParameterSpecification("new", [4], .lecunNormal),
        Self.layout["a/kernel"].specification,
      ]))
    other.initialize(seed: 5)
    #expect(Array(other["c"]) == Array(store["c"]))
    #expect(Array(other["a/kernel"]) == Array(store["a/kernel"]))
    other.initialize(seed: 6)
    #expect(Array(other["c"]) != Array(store["c"]))
  }
}

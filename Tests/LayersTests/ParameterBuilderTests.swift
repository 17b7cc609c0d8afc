import Autodiff
import Layers
import Tensors
import Testing

@Suite struct ParameterBuilderTests {
  @Test("references and layout agree about every offset")
  func offsets() {
    var builder = ParameterBuilder()
    let a = builder.declare("a", shape: [3, 2, 4], rows: 3, columns: 8, .zeros)
    #expect(builder.nextOffset == 32)
    let b = builder.declare("b", shape: [1, 1, 5], .ones, isTrained: false)
    let c = builder.declare("c", shape: [16], .ones)
    let layout = builder.layout()
    #expect(a == ParameterReference(offset: 0, rows: 3, columns: 8))
    #expect(b == ParameterReference(offset: 32, rows: 1, columns: 5))
    for (reference, name) in [(a, "a"), (b, "b"), (c, "c")] {
      #expect(
        layout[name].range == reference.offset..<reference.offset + reference.count)
    }
    #expect(layout.storageCount == builder.nextOffset)
  }

  @Test("prepared values do not overlap")
  func prepared() {
    var builder = ParameterBuilder()
    #expect(builder.reservePrepared(5) == 0)
    #expect(builder.reservePrepared(16) == 16)
    #expect(builder.reservePrepared(17) == 32)
    #expect(builder.preparedCount == 64)
  }

  @Test("layers declare their official names and initializers")
  func layers() {
    var builder = ParameterBuilder()
    _ = Linear("dense", inputs: 4, outputs: 3, kernel: .lecunNormal, in: &builder)
    _ = LayerNormalization("ln", size: 4, epsilon: 1e-6, in: &builder)
    _ = GroupNormalization(
      "gn", channels: 8, groups: 2, epsilon: 1e-4, initialScale: .zeros, in: &builder)
    let specifications = builder.layout().entries.map(\.specification)
    #expect(
      specifications == [
        ParameterSpecification("dense/kernel", [4, 3], .lecunNormal),
        ParameterSpecification("dense/bias", [3], .zeros),
        ParameterSpecification("ln/scale", [4], .ones),
        ParameterSpecification("ln/bias", [4], .zeros),
        ParameterSpecification("gn/scale", [1, 1, 1, 8], .zeros),
        ParameterSpecification("gn/bias", [1, 1, 1, 8], .zeros),
      ])
  }
}

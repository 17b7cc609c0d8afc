import Figures
import Testing

@Suite struct ColorMapTests {
  @Test("color maps begin and end where the published ones do, and rise in brightness")
  func colorMaps() {
    #expect(ColorMap.viridis(0) == [68, 1, 84] && ColorMap.viridis(1) == [253, 231, 37])
    #expect(ColorMap.magma(0) == [0, 0, 4] && ColorMap.magma(1) == [252, 253, 191])
    #expect(ColorMap.gray(-1) == [0, 0, 0] && ColorMap.gray(2) == [255, 255, 255])
    for map in ColorMap.allCases {
      let brightness = (0...255).map { position -> Float in
        let color = map(Float(position) / 255)
        return 0.2126 * color.x + 0.7152 * color.y + 0.0722 * color.z
      }
      for (a, b) in zip(brightness, brightness.dropFirst()) { #expect(b > a) }
    }
  }
}

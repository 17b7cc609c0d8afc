// The Swift twins of formulas.py give its bits; the expected values were printed by formulas.py.

import TestSupport
import Testing

@Suite("Golden formulas") struct GoldenFormulaTests {
  @Test("golden.json decodes completely")
  func decodes() throws {
    let golden = try Golden.load()
    #expect(golden.preprocessing.count == 6)
    #expect(golden.model.count == 4)
    #expect(golden.training.count == 2)
    #expect(golden.model[0].target == .scores([3]))
    for model in golden.model { #expect(model.logits.count == model.images.count) }
  }

  @Test("images have the bytes of formulas.py")
  func images() {
    #expect(crc32(goldenImage(height: 300, width: 500, seed: 1)) == 0xbf48_7e8b)
    #expect(crc32(goldenImage(height: 31, width: 33, seed: 7)) == 0xe982_c011)
    #expect(crc32(goldenImage(height: 1, width: 40, seed: 3)) == 0xb325_c502)
  }

  @Test("parameters have the bits of formulas.py")
  func parameters() {
    func checksum(_ name: String, _ shape: [Int]) -> UInt32 {
      goldenParameter(name, shape).withUnsafeBytes { crc32($0) }
    }
    let block = "Transformer/encoderblock_"
    #expect(checksum("conv_root/kernel", [7, 7, 3, 64]) == 0x838c_25e5)
    #expect(checksum("gn_root/bias", [1, 1, 1, 64]) == 0x68b2_6bfc)
    #expect(checksum("head/bias", [10]) == 0x20f1_799c)
    #expect(checksum(block + "0/LayerNorm_0/scale", [384]) == 0xeb87_cb10)
    #expect(checksum(block + "3/MlpBlock_3/Dense_0/bias", [1152]) == 0x697e_9364)
  }
}

import Configuration
import RunConfig
import Tensors
import Testing

@Suite struct ConfigurationFuzzTests {
  @Test("damaged configurations give a configuration or an error, never a crash")
  func mutations() throws {
    let text = Array(RunConfiguration().yaml.utf8)
    let specials = Array("{}[]:,&*!?|>-'\"#%@`\n\t \\\0~<=".utf8)
    var random = RandomStream(seed: 11, purpose: .test)
    var refused = 0
    for _ in 0..<2000 {
      var bytes = text
      for _ in 0..<(1 + random.integer(below: 8)) {
        let place = random.integer(below: bytes.count)
        switch random.integer(below: 4) {
        case 0: bytes[place] = specials[random.integer(below: specials.count)]
        case 1: bytes.insert(specials[random.integer(below: specials.count)], at: place)
        case 2: bytes.removeSubrange(place..<min(place + 9, bytes.count))
        default: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        }
      }
      let damaged = String(decoding: bytes, as: UTF8.self)
      do throws(ConfigurationError) {
        let configuration = try RunConfiguration.read(yaml: damaged, named: "fuzz")
        #expect((try? RunConfiguration.read(yaml: configuration.yaml, named: "x")) == configuration)
      } catch {
        refused += 1
        #expect(!"\(error)".isEmpty)
      }
    }
    // Most damage hits a key or the structure; comments and values may survive it.
    #expect(refused > 500)
  }

  @Test("nested aliases are refused at once")
  func aliasBomb() {
    var text = "a0: &a0 [x, x]\n"
    for level in 1..<40 {
      text += "a\(level): &a\(level) {? [*a\(level - 1), *a\(level - 1)] : 1}\n"
    }
    #expect(throws: ConfigurationError.self) {
      try RunConfiguration.read(yaml: text, named: "bomb")
    }
  }
}

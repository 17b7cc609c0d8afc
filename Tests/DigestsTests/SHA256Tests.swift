import Digests
import Testing

@Suite struct SHA256Tests {
  @Test("the digests of FIPS 180-4, in one piece and in several")
  func vectors() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    var hash = SHA256()
    hash.update("abc")
    #expect(hash.finish() == abc)
    var pieces = SHA256()
    pieces.update("a")
    Array("bc".utf8).withUnsafeBytes { pieces.update($0) }
    #expect(pieces.finish() == abc)
    #expect(
      SHA256().finish() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(SHA256().finishBytes().prefix(4) == [0xE3, 0xB0, 0xC4, 0x42])
  }
}

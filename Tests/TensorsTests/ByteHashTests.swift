import Tensors
import Testing

@Suite struct ByteHashTests {
  /// Noll's published vectors.
  @Test(
    "64-bit FNV-1a",
    arguments: [
      ("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8"),
    ])
  func vectors(text: String, expected: String) {
    #expect(ByteHash(text.utf8).text == expected)
  }

  @Test("parts hash as the whole")
  func parts() {
    var hash = ByteHash("foo".utf8)
    hash.combine("bar".utf8)
    #expect(hash.value == ByteHash("foobar".utf8).value)
  }
}

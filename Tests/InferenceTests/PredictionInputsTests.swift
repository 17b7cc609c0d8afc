import Foundation
import ImageCodecs
import Inference
import TestSupport
import Testing

@Suite struct PredictionInputsTests {
  let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  @Test("folders give their images in order, by ending or first bytes; lists give what they say")
  func folders() throws {
    let png = try PNGEncoder.encode(
      PixelImage(height: 2, width: 2, pixels: .init(repeating: 9, count: 12)))
    let files: [(String, [UInt8])] = [
      ("b.PNG", png), ("a.jpg", [1]), ("notes.txt", [104, 105]), ("image", png),
      (".hidden.png", png),
      ("sub/c.png", png), ("sub/deep/d.webp", [2]),
    ]
    for (name, bytes) in files {
      let url = URL(fileURLWithPath: scratch.file(name))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("sub/loop"), withDestinationPath: scratch.path)
    var flat = PredictionInputs()
    flat.add(scratch.path)
    #expect(flat.items.map(\.path) == ["a.jpg", "b.PNG", "image"].map { scratch.file($0) })
    #expect(
      "\(flat.leftOut)" == "1 hidden file, 1 file that is no image, 1 folder in a folder")
    var deep = PredictionInputs(recursive: true)
    deep.add(scratch.path + "/")
    #expect(
      deep.items.map(\.path)
        == ["a.jpg", "b.PNG", "image", "sub/c.png", "sub/deep/d.webp"].map { scratch.file($0) })
    #expect("\(deep.leftOut)" == "1 hidden file, 1 file that is no image")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("sub/deep/gone.png"), withDestinationPath: scratch.file("nowhere"))
    var broken = PredictionInputs()
    broken.add(scratch.file("sub/deep"))
    #expect(broken.items.map { $0.problem == nil } == [true, false])
    var list = PredictionInputs()
    list.add(list: Array("x y.png\r\n\n\(scratch.file("sub"))\nz".utf8), separatedByNull: false)
    #expect(list.items.map(\.path) == ["x y.png", scratch.file("sub/c.png"), "z"])
    list = PredictionInputs()
    list.add(list: [0xEF, 0xBB, 0xBF] + Array("a\rb c\r\r".utf8), separatedByNull: false)
    #expect(list.items.map(\.path) == ["a", "b c"])
    list = PredictionInputs()
    list.add(list: Array("a\nb\0c\0".utf8) + [0xFF, 0x41], separatedByNull: true)
    #expect(list.items.map(\.path) == ["a\nb", "c", "\u{FFFD}A"])
    #expect(list.items.last?.problem?.contains("UTF-8") == true)
  }

  @Test("addresses, patterns and folders without images are told as what they are")
  func misunderstandings() throws {
    var inputs = PredictionInputs()
    try FileManager.default.createDirectory(
      atPath: scratch.file("vacant/sub"), withIntermediateDirectories: true)
    try Data([1]).write(to: URL(fileURLWithPath: scratch.file("odd*name.jpg")))
    for path in [
      "https://host/a.jpg", "photos/*.jpg", "none.jpg", scratch.file("vacant"),
      scratch.file("odd*name.jpg"),
    ] {
      inputs.add(path)
    }
    #expect(inputs.items.map { $0.problem == nil } == [false, false, true, true])
    #expect(inputs.items[0].problem?.contains("an address") == true)
    #expect(inputs.items[1].problem?.contains("expanded by the shell") == true)
    #expect(inputs.foldersWithoutImages == [scratch.file("vacant")])
  }
}

import Foundation
import ImageData
import TestSupport
import Testing

@Suite struct FolderListingTests {
  private let folder: ScratchDirectory

  init() throws { folder = try ScratchDirectory() }

  private func image(_ path: String) throws {
    try folder.write(path, ppm(height: 2, width: 2))
  }

  private func open() throws -> OpenedIndex {
    try IndexBuilder().open(folder.path, world: nil)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(name), withDestinationPath: folder.file(target))
  }

  @Test("images of all folders below a class folder belong to the class, and are told of")
  func nested() throws {
    for path in ["a/1.ppm", "a/m/2.ppm", "a/m/n/3.ppm", "a/z.ppm", "b/images/4.ppm"] {
      try image(path)
    }
    try folder.write("b/b_boxes.txt", text: "1 2 3 4\n")
    let opened = try open()
    #expect(
      opened.index.samples.map(\.path) == [
        "a/1.ppm", "a/m/2.ppm", "a/m/n/3.ppm", "a/z.ppm", "b/images/4.ppm",
      ])
    #expect(opened.index.samples.map(\.classIndex) == [0, 0, 0, 0, 1])
    #expect(
      opened.notes == [
        "3 of 5 images lie in folders below their class folders, such as 'a/m'; they belong to the class"
      ])
    #expect(
      opened.index.excluded == [
        .init(path: "b/b_boxes.txt", reason: "no image, neither by its name nor by its bytes")
      ])
    #expect(opened.index.excluded[0].isNoImage)
    #expect(
      opened.warnings == [
        "1 of 6 files are no images and left out (.txt 1), the first is 'b/b_boxes.txt'"
      ])
  }

  @Test("what is no image is told by its bytes where its name does not say so")
  func foreign() throws {
    try image("a/1.ppm")
    try image("a/2")
    try image("a/3.dat")
    try folder.write("a/4.dat", text: "no image")
    try folder.write("a/5.dat", [])
    try folder.write("a/6", text: "none")
    try folder.write("a/7.jpg", text: "broken")
    let opened = try open()
    #expect(opened.index.samples.map(\.path) == ["a/1.ppm", "a/2", "a/3.dat"])
    #expect(opened.index.excluded.filter(\.isNoImage).map(\.path) == ["a/4.dat", "a/5.dat", "a/6"])
    #expect(opened.warnings.count == 2)
    #expect(
      opened.warnings[0].hasPrefix("1 of 7 files are unusable and left out, the first is 'a/7.jpg'")
    )
    #expect(
      opened.warnings[1]
        == "3 of 7 files are no images and left out (.dat 2, no ending 1), the first is 'a/4.dat'")
  }

  @Test("links to files and folders are followed, but not in a circle")
  func links() throws {
    try image("a/1.ppm")
    try image("store/2.ppm")
    try folder.makeFolder("a/deep")
    try link("a/deep/up", to: "a")
    try link("a/other", to: "store")
    try link("a/x.ppm", to: "store/2.ppm")
    let opened = try open()
    #expect(
      opened.index.samples.map(\.path) == ["a/1.ppm", "a/other/2.ppm", "a/x.ppm", "store/2.ppm"])
    #expect(
      opened.index.excluded == [
        .init(path: "a/deep/up", reason: "a link to a folder that it lies in")
      ])
    #expect(
      opened.warnings == [
        "1 name in a class folder is left out: 'a/deep/up': a link to a folder that it lies in"
      ])
  }

  @Test("files beside the class folders are counted, an image as the example")
  func beside() throws {
    try image("a/1.ppm")
    try image("0.ppm")
    try folder.write("LICENSE", text: "free")
    #expect(
      try open().warnings == [
        "2 files beside the class folders are left out, such as '0.ppm'"
      ])
  }

  @Test("folders of splits are no classes; a class may have the name of a split")
  func splits() throws {
    for split in ["train", "val"] { try image("\(split)/cat/1.ppm") }
    try folder.write("annotations/boxes.xml", text: "<a/>")
    let found = #expect(throws: DataError.self) { try open() }
    #expect(found?.description.contains("did you mean '\(folder.path)/train'?") == true)
    // A train is a vehicle, too.
    try image("train/2.ppm")
    #expect(try open().index.classNames == ["annotations", "train", "val"])
  }

  @Test("class folders 0, 1, 2 in this order are no cause to warn")
  func numericNames() throws {
    for name in ["0", "1", "2"] { try image("\(name)/a.ppm") }
    #expect(try open().warnings.isEmpty)
  }
}

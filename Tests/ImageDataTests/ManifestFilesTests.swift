import ImageData
import TestSupport
import Testing

@Suite struct ManifestFilesTests {
  @Test("files: missing and damaged ones in order with reasons, sizes of the others")
  func files() throws {
    let folder = try ScratchDirectory()
    try folder.write("a.ppm", ppm(height: 32, width: 64))
    try folder.write("cut.ppm", Array(ppm(height: 32, width: 64).dropLast(9)))
    try folder.write("text.jpg", text: "no image")
    let paths = ["none.jpg", "a.ppm", "cut.ppm", "text.jpg"]
    for workers in [1, 3] {
      let headers = try ManifestFiles(
        paths: paths, root: folder.path, decodes: false, workers: workers, world: nil)
      #expect(headers.sizes == [[0, 0], [32, 64], [32, 64], [0, 0]])
      #expect(headers.bad.map(\.path) == ["none.jpg", "text.jpg"])
      #expect(headers.bad[0].reason.contains("No such file"))
      let decoded = try ManifestFiles(
        paths: paths, root: folder.path, decodes: true, workers: workers, world: nil)
      #expect(decoded.bad.map(\.path) == ["none.jpg", "cut.ppm", "text.jpg"])
      #expect(headers.report()[0] == "images: 2 of 4 can be read")
      #expect(headers.report().contains { $0.contains("aspect (width / height): min 2  median 2") })
    }
    let none = try ManifestFiles(
      paths: [], root: folder.path, decodes: true, workers: 2, world: nil)
    #expect(none.report() == ["images: 0 of 0 can be read"])
  }
}

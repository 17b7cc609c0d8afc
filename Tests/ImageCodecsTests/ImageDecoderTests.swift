// Every fixture decodes to the pixels in expected.csv, or is refused for the reason given there.

import Foundation
import ImageCodecs
import TestSupport
import Testing

/// One row of Tests/Fixtures/images/expected.csv.
struct ExpectedImage: Sendable, CustomTestStringConvertible {
  let name: String
  let outcome: String
  let width: Int
  let height: Int
  let checksum: String

  static let folder = Golden.fixtures.appendingPathComponent("images")
  var path: String { Self.folder.appendingPathComponent(name).path }
  var testDescription: String { name }

  static let all: [ExpectedImage] = {
    let file = folder.appendingPathComponent("expected.csv")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return ExpectedImage(
        name: cells[0], outcome: cells[1], width: Int(cells[2]) ?? 0, height: Int(cells[3]) ?? 0,
        checksum: cells[4])
    }
  }()
}

@Suite("ImageDecoder") struct ImageDecoderTests {
  @Test("the fixtures are there")
  func fixtures() { #expect(ExpectedImage.all.count == 96) }

  @Test("a fixture gives the expected pixels or the expected refusal", arguments: ExpectedImage.all)
  func fixture(_ expected: ExpectedImage) throws {
    // Pillow, which made the expectations, uses the accurate transform.
    let options = DecodeOptions(cosineTransform: .accurate)
    do {
      let image = try ImageDecoder.decode(file: expected.path, options: options)
      #expect(expected.outcome == "pixels")
      #expect(image.width == expected.width && image.height == expected.height)
      let checksum = String(crc32(image.pixels), radix: 16)
      #expect(String(repeating: "0", count: 8 - checksum.count) + checksum == expected.checksum)
      let header = try ImageDecoder.header(ofFile: expected.path)
      #expect(header.width == image.width && header.height == image.height)
    } catch {
      #expect("\(expected.outcome)" == outcome(error), "\(error)")
      #expect(error.path == expected.path)
      #expect(error.description.hasPrefix(expected.path + ": "))
    }
  }

  private func outcome(_ error: ImageError) -> String {
    switch error.reason {
    case .empty: "empty"
    case .unsupported: "unsupported"
    case .unrecognized: "unrecognized"
    case .truncated: "truncated"
    case .damaged: "damaged"
    case .tooLarge: "tooLarge"
    case .unreadable: "unreadable"
    case .unencodable: "unencodable"
    }
  }

  @Test("the fast transform differs from the accurate one, by little")
  func transforms() throws {
    let path = ExpectedImage.folder.appendingPathComponent("q30-422.jpg").path
    let fast = try ImageDecoder.decode(file: path)
    let accurate = try ImageDecoder.decode(
      file: path, options: DecodeOptions(cosineTransform: .accurate))
    let differences = zip(fast.pixels, accurate.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.contains { $0 > 0 })
    // 3 to 22 gray levels were seen over 54 files.
    #expect(differences.allSatisfy { $0 <= 22 })
  }

  @Test("limits of the caller are kept")
  func limits() throws {
    let path = ExpectedImage.folder.appendingPathComponent("baseline.jpg").path
    for options in [DecodeOptions(maximumPixels: 1000), DecodeOptions(maximumSide: 36)] {
      #expect(throws: ImageError.self) { try ImageDecoder.decode(file: path, options: options) }
      #expect(throws: ImageError.self) { try ImageDecoder.header(ofFile: path, options: options) }
    }
  }

  @Test("a header behind 300 KB of metadata is found")
  func lateHeader() throws {
    let image = PixelImage(height: 3, width: 5, pixels: [UInt8](repeating: 7, count: 45))
    let jpeg = try JPEGEncoder.encode(image, quality: 90)
    let segment: [UInt8] = [0xFF, 0xE2, 0xFF, 0xFF] + [UInt8](repeating: 0xFF, count: 65_533)
    let bytes =
      Array(jpeg[..<2]) + Array([segment, segment, segment, segment, segment].joined())
      + Array(jpeg[2...])
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("late-\(UUID().uuidString).jpg")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let header = try ImageDecoder.header(ofFile: file.path)
    #expect(header == ImageHeader(format: .jpeg, width: 5, height: 3, channels: 3))
  }

  @Test("directories, pipes and missing files are refused at once")
  func notRegular() throws {
    let folder = FileManager.default.temporaryDirectory.path
    let pipe = folder + "/pipe-\(UUID().uuidString)"
    #expect(mkfifo(pipe, 0o600) == 0)
    defer { unlink(pipe) }
    for path in [folder, pipe] {
      #expect(throws: ImageError(.unreadable(detail: "not a regular file"), path: path)) {
        try ImageDecoder.header(ofFile: path)
      }
    }
    #expect(
      throws: ImageError(.unreadable(detail: "No such file or directory"), path: "/nowhere.jpg")
    ) { try ImageDecoder.decode(file: "/nowhere.jpg") }
  }
}

// The files of one image, or of the model, each complete or absent.

import Files
import Foundation
import Figures
import ImageCodecs
import ImageData
import ModelExchange
import Provenance
import RunConfig

/// A folder for figures and numbers. Files of the same names are replaced.
public struct ExplanationFiles {
  public let folder: String
  /// Names of the files written so far.
  public private(set) var names: [String] = []

  /// Makes the folder.
  /// - Throws: `ExplanationError`.
  public init(_ folder: String) throws {
    self.folder = folder
    do throws(FileError) { try FileSystem.makeDirectory(folder) } catch {
      throw Self.failure(folder, error.reason)
    }
  }

  /// `attention_<scale>.png` for every scale, panel.png, attention.npz and attention.json.
  /// - Parameter path: what the image is called.
  public mutating func write(
    _ explanation: Explanation, of image: PixelImage, path: String, request: ExplanationRequest,
    explainer: Explainer
  ) throws {
    let style = request.style
    for map in explanation.maps where map.scale.tokens > 0 {
      try write(
        style.figure(map, of: image, among: explanation.maps), as: "attention_\(map.name).png")
    }
    try write(
      try style.panel(
        explanation, of: image, title: FilePath.name(of: path), subtitle: request.caption),
      as: "panel.png")
    try write(explanation.arrays, as: "attention.npz")
    try write(
      json: ExplanationReport(
        explanation, of: path, damage: image.damage, request: request, explainer: explainer),
      as: "attention.json")
  }

  /// thumbnail.jpg and thumbnail_attention.jpg for the gallery: the image, and the map of the largest scale
  /// that the model saw as a whole.
  /// - Returns: their size, and the name of the map's scale.
  mutating func writeThumbnails(
    _ explanation: Explanation, of image: PixelImage, style: OverlayStyle
  ) throws -> ExplanationRow.Thumbnail {
    let small = TriangleResizer.resize(image, longerSide: Self.thumbnailSide)
    try write(try JPEGEncoder.encode(small, quality: 80), as: "thumbnail.jpg")
    let map =
      explanation.maps.last { $0.scale.tokens == $0.values.count }
      ?? explanation.maps.last { $0.scale.tokens > 0 }
    if let map {
      let overlay = style.overlay(
        map, on: small, range: style.range(of: map, among: explanation.maps))
      try write(try JPEGEncoder.encode(overlay, quality: 80), as: "thumbnail_attention.jpg")
    }
    return ExplanationRow.Thumbnail(height: small.height, width: small.width, scale: map?.name)
  }

  /// Sharp on a telephone of two pixels to the point; about 15 KB.
  private static let thumbnailSide = 360

  /// hse.png, hse.npz (`positions` `[G², G²]`, `scales` `[S, S]`) and hse.json.
  public mutating func write(
    _ similarity: EmbeddingSimilarity, colors: ColorMap, explainer: Explainer
  ) throws {
    let count = similarity.grid * similarity.grid
    var arrays = [NamedArray("positions", shape: [count, count], similarity.positions)]
    let scaleCount = explainer.stored.configuration.model.multiscale.scaleCount
    if let scales = similarity.scales {
      arrays.append(NamedArray("scales", shape: [scaleCount, scaleCount], scales))
    }
    try write(try similarity.figure(colors), as: "hse.png")
    try write(arrays, as: "hse.npz")
    struct Report: Encodable {
      let program: String
      let model: String
      let parameters_sha256: String
      let hash_grid: Int
      let mean_cosine_of_neighbours: Double
      let mean_cosine: Double
      let scales: [String]
      let scale_cosines: [[Float]]?
    }
    try write(
      json: Report(
        program: programVersion, model: explainer.stored.path,
        parameters_sha256: explainer.stored.digest, hash_grid: similarity.grid,
        mean_cosine_of_neighbours: similarity.means.neighbors, mean_cosine: similarity.means.all,
        scales: explainer.scaleNames,
        scale_cosines: similarity.scales.map { scales in
          (0..<scaleCount).map { Array(scales[$0 * scaleCount..<($0 + 1) * scaleCount]) }
        }), as: "hse.json")
  }

  /// aspect.csv and aspect.png.
  public mutating func write(_ curve: AspectCurve, title: String) throws {
    try write(curve.csv, as: "aspect.csv")
    try write(try curve.figure(title: title), as: "aspect.png")
  }

  /// A file of text.
  mutating func write(_ text: String, as name: String) throws {
    try write(Array(text.utf8), as: name)
  }

  private mutating func write(_ image: PixelImage, as name: String) throws {
    try write(try PNGEncoder.encode(image), as: name)
  }

  private mutating func write(_ arrays: [NamedArray], as name: String) throws {
    try NPZArrays.write(arrays, to: "\(folder)/\(name)")
    names.append(name)
  }

  private mutating func write(json value: some Encodable, as name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try write(Array(try encoder.encode(value)) + [0x0A], as: name)
  }

  private mutating func write(_ bytes: [UInt8], as name: String) throws {
    do throws(FileError) {
      try FileSystem.replace("\(folder)/\(name)", with: bytes, durable: false)
    } catch {
      throw Self.failure("\(folder)/\(name)", error.reason)
    }
    names.append(name)
  }

  private static func failure(_ path: String, _ reason: String) -> ExplanationError {
    .unwritable(path: path, reason: reason)
  }
}

// The image and its maps side by side, with what they mean.

import Figures
import ImageCodecs
import Tables

extension OverlayStyle {
  /// The overlay of one scale as an image of its own: the scale's pixels, enlarged by a whole factor to 512
  /// on the longer side.
  func figure(_ map: AttentionMap, of image: PixelImage, among all: [AttentionMap]) -> PixelImage {
    let base = map.view(of: image)
    let longer = max(base.height, base.width)
    let enlarged = TriangleResizer.resize(
      base, longerSide: longer * max(1, (512 + longer - 1) / longer))
    return overlay(map, on: enlarged, range: range(of: map, among: all))
  }

  /// The panel: the image, then the scales from native to the smallest, each with its size, its part of the
  /// attention, the verdict without it, and a color bar.
  /// - Throws: `FigureError`.
  func panel(
    _ explanation: Explanation, of image: PixelImage, title: String, subtitle: String
  ) throws(FigureError) -> PixelImage {
    let side = 420
    let maps = Array(explanation.maps.reversed())
    let tiles = maps.map { map in
      overlay(
        map, on: TriangleResizer.resize(map.view(of: image), longerSide: side),
        range: range(of: map, among: maps))
    }
    let input = TriangleResizer.resize(image, longerSide: side)
    let images = [input] + tiles
    let layout = PanelLayout(images)
    var figure = try Figure(height: layout.height, width: layout.width)
    let room = layout.width - 2 * PanelLayout.margin
    figure.write(title, x: PanelLayout.margin, y: 12, style: .title, room: room)
    figure.write(subtitle, x: PanelLayout.margin, y: 42, color: Figure.gray, room: room)
    for (index, tile) in images.enumerated() {
      let x = layout.left(index)
      figure.draw(tile, x: x, y: PanelLayout.top)
      figure.frame(
        x: x..<x + tile.width, y: PanelLayout.top..<PanelLayout.top + tile.height,
        color: Figure.gray)
      let lines =
        index == 0
        ? inputCaption(explanation) : caption(maps[index - 1], explanation)
      for (number, line) in lines.enumerated() {
        figure.write(
          line, x: x, y: layout.captionTop + number * TextStyle.plain.lineHeight,
          room: layout.columns[index])
      }
      guard index > 0, maps[index - 1].scale.tokens > 0 else { continue }
      let ends = range(of: maps[index - 1], among: maps)
      figure.colorBar(
        colors, x: x..<x + layout.columns[index], y: layout.barTop,
        low: percent(Double(ends.lowerBound)),
        high: percent(Double(ends.upperBound)) + " per patch")
    }
    return figure.image
  }

  private func inputCaption(_ explanation: Explanation) -> [String] {
    var lines = ["input \(explanation.width) × \(explanation.height)"]
    let value = explanation.verdict.text(explanation.verdict.value)
    switch explanation.verdict {
    case .score: lines.append("score \(value)")
    case .probability(_, _, let name): lines.append("\(value) \(name)")
    }
    lines.append("class token \(percent(explanation.classShare))")
    if explanation.maps.contains(where: { $0.scale.tokens < $0.values.count }) {
      lines.append("hatched: not seen")
    }
    return lines
  }

  private func caption(_ map: AttentionMap, _ explanation: Explanation) -> [String] {
    var lines = [
      "\(map.name == "native" ? map.name : "scale \(map.name)"): \(map.scale.width) × \(map.scale.height)",
      "\(map.scale.columns) × \(map.scale.rows) patches",
      "attention \(percent(map.mass))",
    ]
    if let index = explanation.maps.firstIndex(of: map), let rest = explanation.ablation[index] {
      let verdict = explanation.verdict
      lines.append("without \(verdict.text(rest)) (\(verdict.change(to: rest)))")
    }
    return lines
  }
}

/// Where things stand on a panel, in pixels.
private struct PanelLayout {
  static let margin = 20
  static let top = 76
  /// Narrow images leave room for their captions.
  static let narrowest = 260
  let columns: [Int]
  let captionTop: Int
  var barTop: Int { captionTop + 4 * TextStyle.plain.lineHeight + 8 }
  var height: Int { barTop + Figure.colorBarHeight + Self.margin }
  var width: Int { columns.reduce(Self.margin) { $0 + $1 + Self.margin } }

  init(_ images: [PixelImage]) {
    columns = images.map { max($0.width, Self.narrowest) }
    captionTop = Self.top + (images.map(\.height).max() ?? 0) + 12
  }

  func left(_ column: Int) -> Int {
    columns.prefix(column).reduce(Self.margin) { $0 + $1 + Self.margin }
  }
}

// The page index.html of a gallery.

import Files
import Provenance
import Tables

extension Gallery {
  /// The page; about 2 KB per image. Names are escaped and keep to themselves what direction they are
  /// written in.
  var html: String {
    let order = ranking
    let failed = rows.filter { $0.result == nil }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>Where the model looks: \(counted(order.count))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <a class="skip" href="#images">Skip to the images</a>
      <header>
      <h1>Where the model looks</h1>
      <p>\(counted(order.count)), \(sorting).\(failed.isEmpty ? "" : failedLink(failed.count))
      Maps: \(HTML.text(caption)).</p>
      <p>The brighter a place, the larger its part of the class token’s attention. Open an image for
      the maps of all scales.\(hasEmbedding ? Self.embeddingLink : "")</p>
      <p class="small">Model <span class="name">\(HTML.text(model))</span>, parameters
      <code title="\(digest)">\(digest.prefix(12))</code>, \(HTML.text(programVersion)).
      <a href="summary.csv">All numbers</a></p>
      </header>
      <nav aria-label="Images in order">
      <details>
      <summary>List of all images</summary>
      <ol>
      \(order.map(entry).joined(separator: "\n"))
      </ol>
      </details>
      </nav>
      <main id="images">
      \(order.map(article).joined(separator: "\n"))
      </main>
      \(failed.isEmpty ? "" : self.failed(failed))
      </body>
      </html>

      """
  }

  private static let embeddingLink = " <a href=\"hse.png\">Positions the model has learned</a>."

  private func failedLink(_ count: Int) -> String {
    " <a href=\"#failed\">\(count) more could not be read</a>."
  }

  private func counted(_ count: Int) -> String { count == 1 ? "1 image" : "\(count) images" }

  private var sorting: String {
    isClassifier
      ? "by class, the most probable first"
      : "the best score first\(lowerIsBetter ? " (low scores are good)" : "")"
  }

  private func verdict(_ verdict: Verdict) -> String {
    let value = "<strong>\(verdict.text(verdict.value))</strong>"
    return switch verdict {
    case .score: "Score \(value)"
    case .probability(_, _, let name): "\(HTML.name(name)) \(value)"
    }
  }

  private func entry(_ place: Int) -> String {
    guard let result = rows[place].result else { return "" }
    let name = HTML.name(rows[place].path)
    return "<li><a href=\"#image-\(place + 1)\">\(name)</a> \(verdict(result.verdict))</li>"
  }

  private func article(_ place: Int) -> String {
    let row = rows[place]
    guard let result = row.result else { return "" }
    let (thumbnail, folder) = (result.thumbnail, HTML.url(row.folder))
    let size = "width=\"\(thumbnail.width)\" height=\"\(thumbnail.height)\" loading=\"lazy\""
    let name = HTML.text(FilePath.name(of: row.path))
    let map =
      thumbnail.scale.map {
        """
        <a href="\(folder)/panel.png"><img src="\(folder)/thumbnail_attention.jpg" \(size) \
        alt="Attention over \(name), scale \(HTML.text($0))"></a>
        """
      } ?? ""
    let links = result.files.filter { !$0.hasPrefix("thumbnail") }.map {
      "<a href=\"\(folder)/\(HTML.url($0))\">\(HTML.text($0))</a>"
    }
    return """
      <article id="image-\(place + 1)" aria-labelledby="name-\(place + 1)">
      <h2 id="name-\(place + 1)"><a href="#image-\(place + 1)">\(HTML.name(row.path))</a></h2>
      <p class="verdict">\(verdict(result.verdict))
      <span class="small">\(result.width) × \(result.height)</span></p>
      \(result.damage.map { "<p class=\"damage\">Damaged file: \(HTML.text($0))</p>" } ?? "")
      <div class="pair"><a href="\(folder)/panel.png"><img src="\(folder)/thumbnail.jpg" \(size) \
      alt="\(name)"></a>
      \(map)</div>
      \(scales(result))
      <details><summary>Files</summary><p>\(links.joined(separator: " · "))</p></details>
      </article>
      """
  }

  private func scales(_ result: ExplanationRow.Result) -> String {
    let isAblated = result.scales.contains { $0.without != nil }
    func cells(_ name: String, _ share: Double, _ without: Float?) -> String {
      let verdict = result.verdict
      let change = without.map {
        "<td>\(verdict.text($0)) <span class=\"small\">\(verdict.change(to: $0))</span></td>"
      }
      return """
        <tr><th scope="row">\(HTML.text(name))</th><td><span class="share">\(percent(share))</span> \
        <meter min="0" max="1" value="\(fixed(share, 4))" aria-hidden="true"></meter></td>\
        \(isAblated ? change ?? "<td>–</td>" : "")</tr>
        """
    }
    let rows =
      result.scales.reversed().map { cells($0.name, $0.mass, $0.without) }
      + [cells("class token", result.classShare, nil)]
    return """
      <table><thead><tr><th scope="col">Scale</th><th scope="col">Attention</th>\
      \(isAblated ? "<th scope=\"col\">Without it</th>" : "")</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table>
      """
  }

  private func failed(_ rows: [ExplanationRow]) -> String {
    let items = rows.map { row in
      guard case .failed(let reason) = row.outcome else { return "" }
      return "<li>\(HTML.name(row.path)): \(HTML.text(reason))</li>"
    }
    return """
      <section id="failed" aria-labelledby="failed-name">
      <h2 id="failed-name">Could not be read</h2>
      <ul>
      \(items.joined(separator: "\n"))
      </ul>
      </section>
      """
  }
}

/// Text for pages.
enum HTML {
  /// Text that is shown or stands in quotes.
  static func text(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    // Pages must not have control characters.
    for scalar in text.withVisibleControls.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// A name whose direction of writing ends with it; the ending of a file stands on the right.
  static func name(_ text: String) -> String { "<bdi dir=\"ltr\">\(self.text(text))</bdi>" }

  /// A relative path as a link: all bytes but letters, digits, `-` `_` `.` `~` and the slashes in percent
  /// (RFC 3986).
  static func url(_ path: String) -> String {
    let kept = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/".utf8)
    let digits = Array("0123456789ABCDEF")
    return path.utf8.map { byte in
      kept.contains(byte)
        ? String(Unicode.Scalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }.joined()
  }
}

extension String {
  /// The text with control characters shown by their symbols, U+2400 and on: a name may hold a line break, or
  /// what a terminal takes for a command.
  var withVisibleControls: String {
    var result = UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar {
      case "\u{0}"..."\u{1F}": result.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
      case "\u{7F}"..."\u{9F}": result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

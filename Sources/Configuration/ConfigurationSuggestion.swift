// "Did you mean": the nearest valid name of a mistyped key or choice.

enum ConfigurationSuggestion {
  /// The valid path nearest to `path`, nil if none is near.
  ///
  /// A candidate is as near as the smaller of two distances: of the whole paths, and of the last
  /// components (plus a little when the parents differ), so `learningRate` finds
  /// `optimizer.learningRate`, and `optimizr.beta1` finds `optimizer.beta1`.
  /// - Parameter shortForms: short names that count as the name itself: `lr` for `learningRate`.
  static func path(
    near path: String, among candidates: [String], shortForms: [String: String]
  ) -> String? {
    let (parent, name) = split(path)
    return best(among: candidates, limit: limit(for: name)) { candidate in
      let (candidateParent, candidateName) = split(candidate)
      let away = candidateParent == parent ? 0 : 0.5
      let isShortForm = shortForms[normalized(name)] == candidateName
      let near = isShortForm ? 0 : nameDistance(name, candidateName)
      return min(Double(distance(path, candidate)), near + away)
    }
  }

  /// The choice nearest to `text`, nil if none is near.
  static func choice(near text: String, among candidates: [String]) -> String? {
    best(among: candidates, limit: limit(for: text)) { nameDistance(text, $0) }
  }

  /// Edits (insert, delete, replace, swap of neighbors) between two texts: optimal string alignment.
  static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first.utf8), Array(second.utf8))
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforePrevious = [Int]()
    var previous = Array(0...b.count)
    for i in 1...a.count {
      var row = [i] + Array(repeating: 0, count: b.count)
      for j in 1...b.count {
        let replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        row[j] = min(previous[j] + 1, row[j - 1] + 1, replaced)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          row[j] = min(row[j], beforePrevious[j - 2] + 1)
        }
      }
      (beforePrevious, previous) = (previous, row)
    }
    return previous[b.count]
  }

  /// Names are compared without case, `_` and `-`; a name that ends another (`batchSize` in
  /// `globalBatchSize`) is near.
  private static func nameDistance(_ first: String, _ second: String) -> Double {
    let (a, b) = (normalized(first), normalized(second))
    if a == b { return 0 }
    if a.count >= 4, b.hasSuffix(a) { return 1 }
    return Double(distance(a, b))
  }

  private static func normalized(_ name: String) -> String {
    name.lowercased().filter { $0 != "_" && $0 != "-" }
  }

  private static func limit(for name: String) -> Double {
    Double(max(1, name.utf8.count / 3)) + 0.5
  }

  private static func split(_ path: String) -> (parent: Substring, name: String) {
    guard let dot = path.lastIndex(of: ".") else { return ("", path) }
    return (path[..<dot], String(path[path.index(after: dot)...]))
  }

  private static func best(
    among candidates: [String], limit: Double, score: (String) -> Double
  ) -> String? {
    var found: (candidate: String, score: Double)?
    for candidate in candidates {
      let score = score(candidate)
      if score <= limit, score < found?.score ?? .infinity { found = (candidate, score) }
    }
    return found?.candidate
  }
}

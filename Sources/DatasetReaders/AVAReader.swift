// AVA (Murray et al. 2012): AVA.txt has the counts of the ratings 1 to 10, the lists the test set.
//
//   index image_id n1 … n10 tag1 tag2 challenge_id        15 numbers, separated by blanks, no header

import Labels
import Tables
import Tensors

struct AVAReader: DatasetReader {
  private static let fieldCount = 15
  /// Share of the training part that validates, by the common protocol.
  static let validationShare = 0.05

  func read(_ request: ImportRequest) throws -> ImportedRows {
    let file = try request.labelFile(
      ["AVA.txt", "AVA_dataset/AVA.txt"])
    let lists = try RatingLists(request)
    var result = ImportedRows(file: file, scoreName: "mean of c1 to c10")
    result.furtherColumns = (1...10).map { "c\($0)" }
    if request.includesAttributes { result.furtherColumns += ["tag1", "tag2", "challenge_id"] }
    result.folders = ["images", "image", "AVA_dataset/images", "AVA_dataset/image", ""]
    var ids: Set<Int> = []
    try TextLines.forEach(in: file) { line, words throws(TableError) in
      let numbers = words.map { Int($0) ?? -1 }
      guard numbers.count == Self.fieldCount, numbers.allSatisfy({ $0 >= 0 }) else {
        throw .row(
          path: file, line: line,
          problem: "expected \(Self.fieldCount) numbers of at least 0 (index, image_id, n1 to n10, "
            + "tag1, tag2, challenge_id), found '\(words.prefix(16).joined(separator: " "))'")
      }
      ids.insert(numbers[1])
      let counts = Array(numbers[2..<12])
      guard let (mean, deviation) = Self.moments(counts) else {
        throw .row(path: file, line: line, problem: "image \(numbers[1]) has no ratings")
      }
      var further = counts.map(String.init)
      if request.includesAttributes { further += numbers[12...].map(String.init) }
      result.rows.append(
        ImportedRow(
          name: "\(numbers[1]).jpg", score: "\(mean)", value: mean, deviation: "\(deviation)",
          split: lists.split(of: numbers[1], seed: request.seed), further: further))
    }
    result.notices = lists.report(labeled: ids)
    return result
  }

  /// Mean and standard deviation of ratings 1 … K with these counts; nil without ratings.
  static func moments(_ counts: [Int]) -> (mean: Double, deviation: Double)? {
    let total = Double(counts.reduce(0, +))
    guard total > 0 else { return nil }
    let mean = zip(1..., counts).reduce(0) { $0 + Double($1.0) * Double($1.1) } / total
    let variance = zip(1..., counts).reduce(0) {
      $0 + Double($1.1) * (Double($1.0) - mean) * (Double($1.0) - mean)
    }
    return (mean, (variance / total).squareRoot())
  }
}

/// `generic_test.jpgl` and the training lists beside it: one image id per line.
private struct RatingLists {
  private var test: Set<Int>?
  private var overlaps: [String] = []

  init(_ request: ImportRequest) throws(TableError) {
    let places = ["aesthetics_image_lists/", "", "AVA_dataset/aesthetics_image_lists/"]
    guard let file = request.file(places.map { $0 + "generic_test.jpgl" }) else { return }
    let test = try Self.ids(file)
    self.test = test
    for name in ["generic_ls_train.jpgl", "generic_ss_train.jpgl"] {
      guard let other = request.file(places.map { $0 + name }) else { continue }
      let both = try Self.ids(other).intersection(test).count
      if both > 0 { overlaps.append("\(both) images of \(name) are in generic_test.jpgl, too") }
    }
  }

  /// Test by the list; of the others a twentieth validates, chosen by a hash of id and seed, so
  /// that it does not depend on which images are there.
  func split(of id: Int, seed: UInt64) -> DataSplit? {
    guard let test else { return nil }
    if test.contains(id) { return .test }
    var random = RandomStream(seed: seed, purpose: .split, sample: id)
    return random.uniform() < AVAReader.validationShare ? .validation : .train
  }

  func report(labeled: Set<Int>) -> [ImportNotice] {
    guard let test else { return [.noSplit(.ava)] }
    let unknown = test.subtracting(labeled).count
    let note = "test: generic_test.jpgl; validation: a twentieth of the others, by id and seed"
    let warning =
      "\(unknown) of \(test.count) images of generic_test.jpgl have no line in AVA.txt"
    return [.note(note)]
      + (overlaps + (unknown > 0 ? [warning] : [])).map(ImportNotice.warning)
  }

  private static func ids(_ file: String) throws(TableError) -> Set<Int> {
    var ids: Set<Int> = []
    try TextLines.forEach(in: file) { line, words throws(TableError) in
      let word = words[0].hasSuffix(".jpg") ? words[0].dropLast(4) : words[0]
      guard words.count == 1, let id = Int(word) else {
        throw .row(
          path: file, line: line, problem: "expected an image id, found '\(words[0].prefix(40))'")
      }
      ids.insert(id)
    }
    return ids
  }
}

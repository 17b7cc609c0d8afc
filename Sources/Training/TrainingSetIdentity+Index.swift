// The identity of a training set, from its index and some of its files.

import Checkpoints
import Files
import ImageData
import Labels
import Tensors

extension TrainingSetIdentity {
  /// Files whose bytes are looked at, spread evenly over the set: an image that was overwritten by one of
  /// the same size and length is noticed if it is among them, another set always.
  static let probeCount = 64

  /// - Cost: one pass over the index, and `probeCount` files read whole.
  init(of index: SampleIndex) {
    var (listing, lengths) = (ByteHash(), ByteHash())
    listing.combine(index.kind.rawValue.utf8)
    if index.kind == .attributes { listing.combine(index.classNames.joined(separator: "\n").utf8) }
    for sample in index.samples {
      listing.combine(sample.path.utf8)
      Self.combine(sample.target, of: index.classNames, to: &listing)
      Self.combine(sample.height, to: &listing)
      Self.combine(sample.width, to: &listing)
      Self.combine(Int64(sample.byteCount), to: &lengths)
    }
    let isMeasured = index.samples.allSatisfy { $0.byteCount > 0 }
    self.init(
      count: index.count, listing: listing.text, lengths: isMeasured ? lengths.text : "",
      contents: Self.contents(of: index))
  }

  /// Adds a label: a class is its name, whatever its number.
  private static func combine(_ label: Label, of names: [String], to hash: inout ByteHash) {
    // A byte that no text has tells where a field ends.
    hash.combine(CollectionOfOne(0xFF))
    switch label {
    case .classIndex(let place): hash.combine(names[Int(place)].utf8)
    case .score(let score): combine(score.bitPattern, to: &hash)
    case .ratings(let values), .attributes(let values):
      for value in values { combine(value.bitPattern, to: &hash) }
    }
    hash.combine(CollectionOfOne(0xFF))
  }

  private static func combine(_ number: some FixedWidthInteger, to hash: inout ByteHash) {
    withUnsafeBytes(of: number.littleEndian) { hash.combine($0) }
  }

  private static func contents(of index: SampleIndex) -> String {
    var hash = ByteHash()
    let probes = min(probeCount, index.count)
    for probe in 0..<probes {
      let path = index.path(of: probe * index.count / probes)
      // A file that cannot be read is a sample that is skipped in training, too.
      hash.combine((try? FileSystem.read(path)) ?? Array("unreadable".utf8))
    }
    return hash.text
  }

  /// What is other in `other`, in words; nil if nothing is.
  func difference(from other: TrainingSetIdentity) -> (before: String, now: String)? {
    if count != other.count { return ("\(other.count) images", "\(count)") }
    if listing != other.listing {
      return (
        "\(count) images, paths, labels and sizes with the digest \(other.listing)", listing
      )
    }
    if !lengths.isEmpty, !other.lengths.isEmpty, lengths != other.lengths {
      return ("\(count) files with lengths of the digest \(other.lengths)", lengths)
    }
    if contents != other.contents {
      return ("\(count) images, some of them with the digest \(other.contents)", contents)
    }
    return nil
  }
}

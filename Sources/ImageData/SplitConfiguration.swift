// The section `data.split` of a run's configuration: which rows of one manifest train and which are held out.

import Labels
import Tables

/// How one manifest is divided into training and validation.
public struct SplitConfiguration: Codable, Equatable, Sendable {
  /// The column with a word for each row, such as `split` or `ratio802_seed123_split_01`. Where the
  /// manifest has no column `split`, rows are divided by `ratio`.
  public var column = "split"
  /// The word of training rows; `train` stands for training and 0, too.
  public var train = "train"
  /// The word of held-out rows; `validation` stands for val, valid and 1, too. auto: validation, or test
  /// where no row is for validation.
  public var validation = "auto"
  /// Training against validation against, if given, rows to leave out.
  public var ratio = [8.0, 2.0]
  /// Key of the division by ratio.
  public var seed: UInt64 = 0

  /// The built-in defaults.
  public init() {}

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    for (key, word) in [("column", column), ("train", train), ("validation", validation)]
    where word.trimmed.isEmpty {
      found.append((key, "expected a word, found none"))
    }
    if !(SplitRatio(shares: ratio)?.parts.prefix(2).allSatisfy { $0 > 0 } ?? false) {
      found.append(
        (
          "ratio",
          "expected [training, validation] or [training, validation, left out] such as [8, 2], found "
            + "\(ratio)"
        ))
    }
    return found
  }

  /// The configuration of repeat `index`, from 0: the next seed, and the next column where its name ends
  /// in a number, with as many digits.
  public func repetition(_ index: Int) -> SplitConfiguration {
    var result = self
    result.seed &+= UInt64(index)
    let digits = String(column.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
    guard index > 0, let first = Int(digits), first <= Int.max - index else { return result }
    let next = "\(first + index)"
    let zeros = String(repeating: "0", count: max(0, digits.count - next.count))
    result.column = column.dropLast(digits.count) + zeros + next
    return result
  }
}

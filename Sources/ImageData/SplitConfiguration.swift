// The section `data.split` of a run's configuration: which rows of one manifest train and which
// validate.

import Configuration
import Labels

/// How one manifest is divided into training and validation.
public struct SplitConfiguration: ConfigurationSection {
  /// The column with a word for each row, such as `split` or `ratio802_seed123_split_01`. Where the
  /// manifest has no column `split`, rows are divided by `ratio`.
  public var column = "split"
  /// The word of training rows; `train` stands for training and 0, too.
  public var train = "train"
  /// The word of validation rows; `validation` stands for val, valid and 1, too. auto: validation,
  /// or test where no row is for validation.
  public var validation = "auto"
  /// Training against validation against, if given, rows to leave out.
  public var ratio = [8.0, 2.0]
  /// Key of the division by ratio.
  public var seed: UInt64 = 0

  public static let keys: [ConfigurationKey<Self>] = [
    .word(
      "column", \.column,
      """
      column that says which rows train; without a column `split` rows are divided by `ratio`
      """),
    .word("train", \.train, "the word of training rows in that column"),
    .word(
      "validation", \.validation,
      "the word of validation rows; `auto`: validation, or test where there is none"),
    .list(
      "ratio", \.ratio,
      "[training, validation] or [training, validation, left out] such as [8, 2]",
      "division without a column; rows of one `group` stay together"
    ) { SplitRatio(shares: $0)?.shares.prefix(2).allSatisfy { $0 > 0 } ?? false },
    .seed("seed", \.seed, "key of the division by ratio"),
  ]

  /// The built-in defaults.
  public init() {}

  /// The configuration of repeat `index`, from 0: the next seed, and the next column where its name
  /// ends in a number, with as many digits.
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

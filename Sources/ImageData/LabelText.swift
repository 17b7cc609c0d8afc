// What a field of a label column says: a number however it is written, a name, or nothing.

import Tables

/// How the fields of a column of classes are read, key `data.classes`.
public enum ClassReading: String, Codable, CaseIterable, Sendable {
  /// Whole numbers are numbers, anything else names; a column of both is refused.
  case auto
  /// Every text is a name, a number as well.
  case names
}

/// What becomes of rows without a label, key `data.missingLabels`.
public enum MissingLabels: String, Codable, CaseIterable, Sendable {
  /// The table is refused.
  case refuse
  /// The rows are left out and named among the images that are not used.
  case leaveOut
}

/// A field of a label column.
enum LabelText: Equatable {
  case missing
  case integer(Int)
  /// A number that is no whole one.
  case fraction
  case name

  /// - Parameter text: without blanks around it. `3`, `+3`, `3.00` and `3e0` are one integer; `0x3`
  ///   and `infinity`, which are numbers for C, are names.
  init(_ text: String) {
    if text.isMissingValue {
      self = .missing
    } else if !text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) {
      self = .name
    } else if let number = Double(text) {
      // What is beyond all integers is a whole number, too.
      self = number == number.rounded() ? .integer(Int(exactly: number) ?? .max) : .fraction
    } else {
      self = .name
    }
  }
}

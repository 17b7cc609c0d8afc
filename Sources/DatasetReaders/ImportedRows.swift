// What a reader makes of a label file, before images are looked for: the common form of all sets.

import Labels

/// One image with its labels.
struct ImportedRow {
  /// The file as the set names it.
  var name: String
  /// The score as it is written in the file, and as a number.
  var score = ""
  var value: Double
  var deviation = ""
  var split: DataSplit?
  var group = ""
  /// Values of `ImportedRows.furtherColumns`.
  var further: [String] = []
}

/// All rows of a set with what the user should know about them.
struct ImportedRows {
  /// The file the scores are from.
  var file: String
  /// What the scores are: the column `MOS`.
  var scoreName: String
  var rows: [ImportedRow] = []
  /// Names of ratings, attributes and numbered splits.
  var furtherColumns: [String] = []
  /// Where images usually are, best first.
  var folders: [String] = [""]
  /// Whether the images may be spread over all of these folders.
  var usesAllFolders = false
  /// The range, where the file tells more than the kind.
  var range: ClosedRange<Double>?
  /// Where scores of the set's scale are, for the error about a wrong one.
  var otherScores: WrongScale.OtherScores?
  /// What was chosen, then what is probably not meant.
  var notices: [ImportNotice] = []
}

/// Reads one kind of data set.
protocol DatasetReader {
  /// - Throws: `TableError`, `ImportError`.
  func read(_ request: ImportRequest) throws -> ImportedRows
}

extension DatasetKind {
  var reader: any DatasetReader {
    switch self {
    case .koniq: KonIQReader()
    case .spaq: SPAQReader()
    case .paq2piq: PaQ2PiQReader()
    case .ava: AVAReader()
    case .kadid: KADIDReader()
    case .tid2013: TID2013Reader()
    case .pipal: PIPALReader()
    case .pyiqa: PyIQAReader()
    case .csv: CSVReader()
    }
  }
}

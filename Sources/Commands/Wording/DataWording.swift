// What to do about data sets that cannot be used.

import ImageData

extension DataError: Worded {
  var words: String {
    switch self {
    case .notGiven:
      "\(self); set data.train (or data.validation, data.manifest) to a folder of class folders, a "
        + "manifest (.csv) or an index"
    case .index: "\(self); build it again with 'musiq-dist data index'"
    default: description
    }
  }
}

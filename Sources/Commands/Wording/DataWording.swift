// What to do about data sets that cannot be used.

import ImageData

extension DataError: Worded {
  var words: String {
    switch self {
    case .notGiven:
      "\(self); set data.train (or data.validation, data.manifest) to a folder of class folders, a "
        + "manifest (.csv) or an index"
    case .unknownClasses(_, _, _, _, _, .some, _):
      "\(self); correct the names, or leave these images out with data.unknownClasses=leaveOut"
    case .unknownClasses:
      "\(self); name those of the model in the order of its outputs with model.score.names=[…]"
    case .index: "\(self); build it again with 'musiq-dist data index'"
    default: description
    }
  }
}
